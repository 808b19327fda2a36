import { isProbeVolume, storagePoolName, volumeOwner } from '../names.ts';
import type { HostDriver, HostFacts, MemorySharing } from '@orangery/hypervisor';
import { codeOf } from '@orangery/std';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { stopHost } from './stop.ts';
import { failed, gone, type Loop, settled, type Turn } from '../loops/loop.ts';
import { reasonOf } from '../reason.ts';
import { requireNewest } from './generation.ts';
import { sharedNetwork } from '../pools/network.ts';
import { keepNetworks } from './networks.ts';
import { decideQuarantine } from './policy.ts';

/** Reaches each host, finds out what it can, and sees to our storage pool and network on it. */
export function hostsLoop(context: Context): Loop {
  const { db, drivers, step, clock } = context;
  return {
    name: 'hosts',
    periodMs: 15_000,
    parallel: 16,
    async keys() {
      const rows = await db.selectFrom('host').select('id').execute();
      return rows.map((row) => row.id);
    },
    async turn(id, signal) {
      const host = await db.selectFrom('host').selectAll().where('id', '=', id).executeTakeFirst();
      if (host === undefined) return gone();
      const setPhase = async (phase: 'unreachable' | 'unusable', reason: string): Promise<Turn> => {
        await db.updateTable('host').set({ phase, reason }).where('id', '=', id).execute();
        return failed(reason);
      };
      try {
        const driver = await drivers.of(id);
        const { id: installationId } = context.installation;
        requireNewest(await driver.machines.list(), context.installation);
        const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
        if (desired !== 'running') return await stopHost(context, driver, id, desired === 'purged');
        const storage = await step('host.ensureStorage', () =>
          driver.storage.ensurePool({ name: storagePoolName(installationId), path: host.storage_path }),
        );
        const facts = await driver.inspect(storage.name, signal, knownFacts(host.facts));
        const network = await step('host.ensureNetwork', () =>
          driver.networks.ensure(sharedNetwork(context.installation, id)),
        );
        await keepNetworks(context, driver, id);
        const memorySharing = await keepMemorySharing(driver, host.share_memory);
        await db
          .updateTable('host')
          .set({
            phase: 'ready',
            reason: null,
            facts: JSON.stringify({ ...facts, memorySharing }),
            storage: JSON.stringify(storage),
            network: network.name,
            seen_at: new Date(clock.now()),
          })
          .where('id', '=', id)
          .execute();
        // Pools that waited for a host need not wait for their period too.
        if (host.phase !== 'ready') await sql`select pg_notify('orangery_nudge', 'pools:')`.execute(db);
        await quarantine(context, driver, id, storage.name);
        return settled(`${facts.hypervisor} ${facts.hypervisorVersion}, ${facts.accelerator}`);
      } catch (error) {
        if (signal.aborted) throw error;
        const unreachable = codeOf(error) === 'hostUnreachable';
        return await setPhase(unreachable ? 'unreachable' : 'unusable', reasonOf(error));
      }
    },
  };
}

/** Switches KSM as the row says, where it says anything; null: the host's kernel has none. */
async function keepMemorySharing(
  { memorySharing }: HostDriver,
  wanted: boolean | null,
): Promise<(MemorySharing & { switchable: boolean }) | null> {
  const found = await memorySharing?.look();
  if (memorySharing === undefined || found === undefined) return null;
  const { switchable } = memorySharing;
  if (!switchable || wanted === null || wanted === found.on) return { ...found, switchable };
  await memorySharing.set(wanted);
  return { ...found, on: wanted, switchable };
}

async function quarantine(
  { db, installation }: Context,
  driver: HostDriver,
  hostId: string,
  pool: string,
): Promise<void> {
  const rowIds = async (): Promise<string[]> => {
    const rows = await Promise.all([
      db.selectFrom('machine').select('id').where('host_id', '=', hostId).execute(),
      db.selectFrom('template').select('id').where('host_id', '=', hostId).execute(),
      db.selectFrom('image_version').select('id').execute(),
      db.selectFrom('profile_disk').select('id').where('host_id', '=', hostId).execute(),
    ]);
    return rows.flat().map((row) => row.id);
  };
  // Rows come before what they stand for and go after it: what has one neither before nor after the look has none.
  const before = await rowIds();
  const machines = await driver.machines.list();
  const volumes = await driver.storage.names(pool);
  // Whoever looks at a host holds its lock, and our own probe is over: these are of servers that were killed.
  for (const name of volumes.filter(isProbeVolume)) {
    await driver.storage.delete(pool, name);
  }
  const found = decideQuarantine({
    installationId: installation.id,
    machines,
    volumes: volumes.map((name) => ({ name, owner: volumeOwner(name)?.id })),
    known: new Set([...before, ...(await rowIds())]),
  });
  const stale = db.deleteFrom('quarantine').where('host_id', '=', hostId);
  const names = found.map((item) => `${item.kind} ${item.name}`);
  await (
    names.length === 0 ? stale : stale.where(sql<string>`kind || ' ' || name`, 'not in', names)
  ).execute();
  for (const item of found) {
    await db
      .insertInto('quarantine')
      .values({ host_id: hostId, ...item })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** What the row says of the host, as the driver wrote it; rows of before all of it was looked at are not known. */
function knownFacts(column: unknown): HostFacts | undefined {
  if (typeof column !== 'object' || column === null || !('probedAtMs' in column) || !('abilities' in column))
    return undefined;
  return typeof column.probedAtMs === 'number' ? (column as HostFacts) : undefined;
}
