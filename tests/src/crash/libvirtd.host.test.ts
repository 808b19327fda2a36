import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PretendHost, startPretendHost } from '@orangery/lab';
import { systemRng } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Installation } from '../installation.ts';

/** A host of its own, so that its libvirtd can be killed: this machine's serves others too. */
let folder: string;
let installation: Installation;
let far: PretendHost;
let hostId: string;

beforeAll(async () => {
  folder = await mkdtemp('/var/tmp/orangery-t-');
  far = await startPretendHost({ folder: join(folder, 'far'), name: `k${systemRng.uuid().slice(0, 6)}` });
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  const host = await installation.api.hosts.add({
    name: 'far',
    address: far.address,
    privateKey: far.privateKey,
    storagePath: far.storagePath,
  });
  hostId = host.id;
  await phaseIs('ready', 120_000);
  await installation.until('this machine', async () => (await localPhase()) === 'ready', 120_000);
}, 300_000);

afterAll(async () => {
  await installation?.purge();
  await far?.stop();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

const phaseIs = (phase: string, timeoutMs = 60_000): Promise<void> =>
  installation.until(
    `the phase ${phase}`,
    async () => (await installation.api.hosts.show({ id: hostId })).phase === phase,
    timeoutMs,
  );

const localPhase = async (): Promise<string | undefined> =>
  (await installation.api.hosts.list()).find(({ name }) => name === 'local')?.phase;

describe('libvirtd of a host', () => {
  it('that is killed makes the host unreachable with the reason, and ready again once it runs', async () => {
    const { pid } = installation;
    const libvirtd = (await far.inside('cat', '/run/libvirt/libvirtd.pid')).trim();
    await far.inside('kill', '-9', libvirtd);
    await phaseIs('unreachable');
    const { reason } = await installation.api.hosts.show({ id: hostId });
    expect(reason).not.toBe('');
    expect(await localPhase()).toBe('ready');
    await far.startLibvirt();
    await phaseIs('ready');
    expect(installation.pid).toBe(pid);
    expect(await installation.api.system.quarantine()).toEqual([]);
  });

  it.runIf(inject('longParts').includes('hung daemon'))(
    'that hangs longer than its calls may take is unreachable too, and comes back',
    async () => {
      const libvirtd = (await far.inside('cat', '/run/libvirt/libvirtd.pid')).trim();
      await far.inside('kill', '-STOP', libvirtd);
      try {
        await phaseIs('unreachable', 120_000);
      } finally {
        await far.inside('kill', '-CONT', libvirtd);
      }
      await phaseIs('ready', 120_000);
    },
    300_000,
  );
});
