import type { Scene } from './scene.ts';

/** A machine of one's own boots, and shuts down, within this. */
export const OWN_MS = 600_000;
const OWN = 'own';
/** What a guest's maintenance does. */
const ITEMS = '/etc/orangery/maintenance.d';

export async function makeOwnPool(scene: Scene, diskKind: 'linked' | 'full' = 'linked'): Promise<void> {
  const { installation, guest } = scene;
  // Of a point that failed: the next one is not to fail with it.
  if ((await ownPool(scene)) !== '') await dropOwnPool(scene);
  const pool = await installation.api.pools.show({ id: scene.poolId });
  const { image, cpus, memoryMib } = pool;
  const settings = { name: OWN, title: OWN, kind: 'persistent', powerOffAfterS: 0, diskKind } as const;
  const { id } = await installation.api.pools.create({ ...settings, image, cpus, memoryMib });
  await installation.api.entitlements.add({ poolId: id, principalId: await scene.guestId() });
  await guest.api.desktops.list();
  await scene.settled();
}

export async function ownPool({ installation }: Scene): Promise<string> {
  const pools = await installation.api.pools.list();
  return pools.find(({ name }) => name === OWN)?.id ?? '';
}

export async function dropOwnPool(scene: Scene): Promise<void> {
  const { installation } = scene;
  await scene.endGuestSessions(OWN_MS);
  for (const { id, pool } of (await installation.api.machines.list({})).items)
    if (pool === OWN) await installation.api.machines.delete({ id });
  await installation.until('the end of the machine', async () =>
    (await installation.api.machines.list({})).items.every(({ pool }) => pool !== OWN),
  );
  await installation.api.pools.delete({ id: await ownPool(scene) });
}

/** A machine of the guest's own that they have left; it stays on, or is switched off after so many seconds. */
export async function leaveOwn(scene: Scene, powerOffAfterS: number | null): Promise<void> {
  await makeOwnPool(scene);
  const id = await ownPool(scene);
  await scene.guest.api.desktops.open({ id });
  await scene.settled(OWN_MS);
  // How many packages are newer than the image, and what they take, is the mirror's.
  await inGuest(scene, `chmod -x ${ITEMS}/20-updates`);
  await scene.installation.api.pools.update({ id, powerOffAfterS });
  await scene.endGuestSessions(OWN_MS);
  if (powerOffAfterS === null) return;
  await scene.installation.until('that it is off', async () => {
    const machines = (await scene.installation.api.machines.list({})).items;
    return machines.some(({ pool, phase }) => pool === OWN && phase === 'off');
  });
}

async function inGuest(scene: Scene, script: string): Promise<void> {
  const command = { path: '/bin/sh', args: ['-c', script], timeoutMs: 30_000 };
  const { exitCode, stderr } = await scene.host.machines.exec(await ownMachine(scene), command);
  if (exitCode !== 0) throw new Error(`${script}: ${exitCode}, ${stderr}`);
}

export async function ownMachine({ installation }: Scene): Promise<string> {
  const machine = (await installation.api.machines.list({})).items.find(({ pool }) => pool === OWN);
  return machine?.id ?? '';
}

/** Its moment comes some time in the window; somebody wants it now, whatever else its host has to do. */
export async function openWindow(scene: Scene): Promise<void> {
  const { api } = scene.installation;
  const now = new Date();
  const maintenance = {
    weekdays: [1, 2, 3, 4, 5, 6, 7],
    fromMinute: now.getUTCHours() * 60 + now.getUTCMinutes(),
    lastsMinutes: 1_380,
    timeZone: 'UTC',
  };
  await api.pools.update({ id: await ownPool(scene), maintenance });
  await api.machines.maintain({ id: await ownMachine(scene) });
}

export async function stopLongOne(scene: Scene): Promise<void> {
  const { installation } = scene;
  const id = await ownMachine(scene);
  await inGuest(scene, `printf '#!/bin/sh\nexec sleep 600\n' >${ITEMS}/01-long && chmod +x ${ITEMS}/01-long`);
  await installation.api.machines.maintain({ id });
  await installation.until('a maintenance that runs', async () => {
    const rows = await installation.db.selectFrom('machine_maintenance').select('phase').execute();
    return rows.some(({ phase }) => phase === 'running');
  });
  await installation.api.machines.stopMaintenance({ id });
}
