import { templatesLoop } from '@orangery/control';
import { OrangeryError } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const volumes = () => [
  `image-${world.imageVersionId}.qcow2`,
  `template-${world.templateId}.qcow2`,
  `template-${world.templateId}.save`,
];
const row = () => world.db.selectFrom('template').selectAll().executeTakeFirstOrThrow();

describe('a template that is ready', () => {
  it.each([0, 1, 2])('is made anew when its volume %s is gone, and says which', async (index) => {
    const kept = volumes().filter((_, each) => each !== index);
    const host = listingHost({ machines: [], volumes: kept }, { templates: {} as never });
    const server = await world.server({ driver: host.driver });
    await templatesLoop(server).turn(world.templateId, never());
    expect(await row()).toMatchObject({
      phase: 'failed',
      attempts: 1,
      reason: expect.stringContaining(`${volumes()[index]} of small is gone`),
    });
  });

  it('stays while all is there, and while its storage does not answer', async () => {
    const silent = {
      templates: {},
      storage: { find: () => Promise.reject(new OrangeryError('refused', 'the pool is not active')) },
    } as never;
    for (const host of [
      listingHost({ machines: [], volumes: volumes() }, { templates: {} as never }),
      listingHost({ machines: [], volumes: [] }, silent),
    ]) {
      const server = await world.server({ driver: host.driver });
      expect(await templatesLoop(server).turn(world.templateId, never())).toMatchObject({ detail: 'ready' });
      expect(await row()).toMatchObject({ phase: 'ready', attempts: 0 });
    }
  });
});
