import type { HostDriver } from '@orangery/hypervisor';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';
import { countHeld } from '../loops/locks.ts';
import { settled, type Turn, turnLock, waiting } from '../loops/loop.ts';
import { isProbeVolume, storagePoolName, volumeOwner } from '../names.ts';
import { recordUsage } from '../usage.ts';

const LOOK_AGAIN_MS = 500;

/** Takes down what this installation has on a host, once its machines are gone. */
export async function stopHost(
  context: Context,
  driver: HostDriver,
  hostId: string,
  purge: boolean,
): Promise<Turn> {
  const { db, installation } = context;
  // A pool's turn that began before the stop may have made rows after it.
  await stopMachines(db, purge, hostId);
  if (purge) {
    await db
      .updateTable('template')
      .set({ desired: 'absent' })
      .where('host_id', '=', hostId)
      .where('desired', '=', 'ready')
      .execute();
  }
  const underWay = await turnsUnderWay(context, hostId);
  if (underWay > 0)
    return waiting(`waits for what was begun before the stop: ${underWay} turns`, LOOK_AGAIN_MS);
  const machines = await db
    .selectFrom('machine')
    .select('id')
    .where('host_id', '=', hostId)
    // What is a person's own keeps its row and its disk.
    .where((eb) => eb.or([eb('desired', '=', 'absent'), eb('phase', 'not in', ['off', 'failed', 'planned'])]))
    .execute();
  const templates = await db
    .selectFrom('template')
    .select(['id', 'phase'])
    .where('host_id', '=', hostId)
    .execute();
  const drafts = await db
    .selectFrom('draft')
    .select('version_id')
    .where('host_id', '=', hostId)
    .where('phase', 'not in', ['off', 'planned'])
    .execute();
  const busy = templates.filter(({ phase }) => purge || phase === 'booting' || phase === 'saving');
  if (machines.length + busy.length + drafts.length > 0) {
    return waiting(
      `waits for the end of ${machines.length + drafts.length} machines and ${busy.length} templates`,
      LOOK_AGAIN_MS,
    );
  }
  const pool = storagePoolName(installation.id);
  if (purge) {
    const volumes = await driver.storage.names(pool).catch(() => []);
    for (const name of volumes) {
      if (volumeOwner(name) !== undefined || isProbeVolume(name)) await driver.storage.delete(pool, name);
    }
    await driver.storage.deletePool(pool);
  }
  for (const { name } of await driver.networks.list()) {
    await (purge ? driver.networks.delete(name) : driver.networks.stop(name));
  }
  await db.deleteFrom('host_network').where('host_id', '=', hostId).execute();
  // Meanwhile more may be wanted than a stop.
  await db
    .updateTable('host')
    .set({ phase: 'stopped', reason: null })
    .where('id', '=', hostId)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('installation')
          .select('id')
          .where('desired', '=', purge ? 'purged' : 'stopped'),
      ),
    )
    .execute();
  return settled('stopped');
}

/** Whoever began to look at an object before the stop may still start its machine; who begins now sees the stop. */
async function turnsUnderWay({ db }: Context, hostId: string): Promise<number> {
  const [machines, templates, drafts] = await Promise.all([
    db.selectFrom('machine').select('id').where('host_id', '=', hostId).execute(),
    db.selectFrom('template').select('id').where('host_id', '=', hostId).execute(),
    db.selectFrom('draft').select('version_id as id').where('host_id', '=', hostId).execute(),
  ]);
  return countHeld(db, [
    ...machines.map(({ id }) => turnLock('machines', id)),
    ...templates.map(({ id }) => turnLock('templates', id)),
    ...drafts.map(({ id }) => turnLock('drafts', id)),
  ]);
}

/** Ends all sessions and machines. The loops do the work; `status` tells when nothing runs any more. */
export async function stopInstallation({ db }: Context, purge: boolean): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('installation')
      .set({ desired: purge ? 'purged' : 'stopped' })
      .execute();
    // Hosts that were stopped before are looked at once more: there may be more to take down.
    await trx.updateTable('host').set({ phase: 'new' }).where('phase', '=', 'stopped').execute();
    const reason = 'Orangery was stopped';
    const sessions = await trx
      .updateTable('session')
      .set({ phase: 'ended', ended_at: sql`now()`, phase_since: sql`now()`, end_reason: reason })
      .where('ended_at', 'is', null)
      .returningAll()
      .execute();
    for (const session of sessions) await recordUsage(trx, session, 'session.ended', { reason });
    await stopMachines(trx, purge);
    if (purge) {
      await trx.updateTable('template').set({ desired: 'absent' }).execute();
      await trx.updateTable('draft').set({ desired: 'discarded' }).execute();
    }
    await sql`select pg_notify('orangery_nudge', 'drafts:')`.execute(trx);
  });
}

/** Pooled machines end; a person's own is shut down, and deleted only with everything else. */
async function stopMachines(db: Kysely<DB>, purge: boolean, hostId?: string): Promise<void> {
  const machines = db
    .updateTable('machine')
    .where('desired', '=', 'running')
    .$if(hostId !== undefined, (some) => some.where('host_id', '=', hostId as string));
  const own = purge ? machines : machines.where('principal_id', 'is', null);
  await own.set({ desired: 'absent' }).execute();
  if (!purge) {
    await machines
      .where('principal_id', 'is not', null)
      .where('power', '=', 'on')
      .set({ power: 'off', taken_at: null })
      .execute();
  }
}
