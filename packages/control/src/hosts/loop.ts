import { networkName, storagePoolName, volumeOwner } from '../names.ts';
import { codeOf } from '@orangery/std';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { stopHost } from './stop.ts';
import { failed, gone, type Loop, settled, type Turn } from '../loops/loop.ts';
import { reasonOf } from '../reason.ts';
import { requireNewest } from './generation.ts';
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
        const { id: installationId, generation } = context.installation;
        const machines = await driver.machines.list();
        requireNewest(machines, context.installation);
        const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
        if (desired !== 'running') return await stopHost(context, driver, id, desired === 'purged');
        const storage = await step('host.ensureStorage', () =>
          driver.storage.ensurePool({ name: storagePoolName(installationId), path: host.storage_path }),
        );
        const facts = await driver.inspect(storage.name, signal);
        const network = await step('host.ensureNetwork', () =>
          driver.networks.ensureNat({
            name: networkName(installationId),
            mark: { installationId, generation, kind: 'network', rowId: id },
          }),
        );
        await db
          .updateTable('host')
          .set({
            phase: 'ready',
            reason: null,
            facts: JSON.stringify(facts),
            storage: JSON.stringify(storage),
            network: network.name,
            seen_at: new Date(clock.now()),
          })
          .where('id', '=', id)
          .execute();
        const volumes = await driver.storage.list(storage.name);
        await quarantine(
          context,
          id,
          machines,
          volumes.map((volume) => volume.name),
        );
        return settled(`${facts.hypervisor} ${facts.hypervisorVersion}, ${facts.accelerator}`);
      } catch (error) {
        if (signal.aborted) throw error;
        const unreachable = codeOf(error) === 'hostUnreachable';
        return await setPhase(unreachable ? 'unreachable' : 'unusable', reasonOf(error));
      }
    },
  };
}

async function quarantine(
  { db, installation }: Context,
  hostId: string,
  machines: Parameters<typeof decideQuarantine>[0]['machines'],
  volumeNames: string[],
): Promise<void> {
  // Rows are read after the host was listed: what was made in between has its row, as rows come first.
  const [machineRows, templateRows, imageRows] = await Promise.all([
    db.selectFrom('machine').select('id').where('host_id', '=', hostId).execute(),
    db.selectFrom('template').select('id').where('host_id', '=', hostId).execute(),
    db.selectFrom('image_version').select('id').execute(),
  ]);
  const known = new Set([...machineRows, ...templateRows, ...imageRows].map((row) => row.id));
  const found = decideQuarantine({
    installationId: installation.id,
    machines,
    volumes: volumeNames.map((name) => ({ name, owner: volumeOwner(name)?.id })),
    known,
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
