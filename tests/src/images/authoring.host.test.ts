import { readdir } from 'node:fs/promises';
import { storagePoolName } from '@orangery/control';
import type { HostDriver } from '@orangery/hypervisor';
import { isDesktopPainted } from '@orangery/rfb';
import { systemClock, systemRng } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installationIdOf, openHost } from '../crash/order.ts';
import { IMAGE_CACHE, Installation } from '../installation.ts';
import type { Person } from '../person.ts';

/** Three guests boot for it. */
const long = process.env['ORANGERY_TEST_LONG'] === '1';
/** Words that nobody else writes: what was changed, and what must not be in what is made of it. */
const CHANGED = `orangery-${systemRng.uuid()}`;
const SECRET = `secret-${systemRng.uuid()}`;

describe.skipIf(!long)('a version that an administrator changes', () => {
  let installation: Installation;
  let host: HostDriver;
  let ada: Person & { id: string };

  beforeAll(async () => {
    installation = await Installation.create();
    expect(await installation.start()).toBe('runs');
    await installation.ready();
    host = await openHost(installation);
    ada = await installation.person();
  }, 900_000);
  afterAll(async () => {
    await host?.close();
    await ada?.close();
    await installation?.purge();
  }, 120_000);

  const image = async () => (await ada.api.images.list())[0]!;
  const version = async (id: string) => (await image()).versions.find((each) => each.id === id)!;
  const inGuest = async (machineId: string, script: string): Promise<string> => {
    const command = { path: '/bin/sh', args: ['-c', script], timeoutMs: 60_000 };
    const { exitCode, stdout, stderr } = await host.machines.exec(machineId, command);
    expect(`${exitCode} ${stderr}`.trim()).toBe('0');
    return stdout.trim();
  };
  let draft = '';
  let before = '';

  it('is open in a machine of its own, in no pool, and is looked at through the gateway', async () => {
    before = (await image()).versions.find(({ current }) => current)!.id;
    ({ id: draft } = await ada.api.drafts.open({ id: before }));
    for (;;) {
      const answer = await ada.api.drafts.connect({ id: draft });
      if (answer.kind === 'waiting') continue;
      if (answer.kind !== 'ticket') throw new Error(answer.kind);
      const viewer = await ada.view(answer.ticket);
      const deadline = systemClock.monotonicMs() + 240_000;
      do {
        viewer.rfb.requestUpdate(false);
        await viewer.rfb.nextUpdate(60_000);
        await systemClock.sleep(1_000);
      } while (!isDesktopPainted(viewer.rfb.frame) && systemClock.monotonicMs() < deadline);
      expect(isDesktopPainted(viewer.rfb.frame)).toBe(true);
      viewer.close();
      await viewer.closed;
      break;
    }
    expect((await ada.api.machines.list({})).items.some(({ id }) => id === draft)).toBe(false);
    expect(await version(draft)).toMatchObject({ phase: 'authoring', draft: { phase: 'open' } });
  }, 400_000);

  it('is published with its changes and without its identity, tested, and rolled out', async () => {
    await inGuest(
      draft,
      `echo ${CHANGED} >/etc/changed; for at in /home/desktop/.bash_history /home/desktop/.cache/x /var/log/x.log /root/.bash_history; do echo ${SECRET} >$at; done`,
    );
    await installation.until('root without a password', async () =>
      (await inGuest(draft, 'runuser -u desktop -- su - -c id')).startsWith('uid=0'),
    );
    const machineId = await inGuest(draft, 'cat /etc/machine-id');
    await ada.api.drafts.publish({ id: draft, notes: 'With a file of ours.' });
    await installation.until('the version', async () => (await version(draft)).current, 600_000);
    const made = await version(draft);
    expect(made).toMatchObject({ phase: 'ready', notes: 'With a file of ours.', draft: null, base: 1 });
    const [pool] = await ada.api.pools.list();
    await installation.until('the roll-out', async () => {
      const { rollout, versions } = await ada.api.pools.show({ id: pool!.id });
      return rollout?.phase === 'done' && versions.every(({ serves, ready }) => serves && ready > 0);
    });
    const machine = (await ada.api.machines.list({})).items.find(({ phase }) => phase === 'ready')!;
    expect(await inGuest(machine.id, 'cat /etc/changed')).toBe(CHANGED);
    expect(await inGuest(machine.id, 'cat /etc/machine-id')).not.toBe(machineId);
    expect(await inGuest(machine.id, 'passwd --status root')).toMatch(/^root L /);
    expect(
      await inGuest(
        machine.id,
        `ls /etc/ssh/ssh_host_ed25519_key; grep -rls ${SECRET} /home /var/log /root || echo nothing`,
      ),
    ).toBe('/etc/ssh/ssh_host_ed25519_key\nnothing');
    const pool_ = storagePoolName(await installationIdOf(installation));
    const left = (await host.storage.list(pool_)).filter(({ name }) => /^(draft|flat|medium)-/.test(name));
    expect(left).toEqual([]);
    expect((await readdir(IMAGE_CACHE)).some((name) => name.includes(draft))).toBe(true);
  }, 900_000);

  it('is taken back by one click', async () => {
    const [pool] = await ada.api.pools.list();
    await ada.api.pools.rollBack({ id: pool!.id });
    await installation.until(
      'the way back',
      async () => {
        const { rollout, versions } = await ada.api.pools.show({ id: pool!.id });
        return (
          rollout?.phase === 'done' &&
          rollout.to.id === before &&
          versions.some(({ serves, ready }) => serves && ready > 0)
        );
      },
      600_000,
    );
  }, 700_000);
});
