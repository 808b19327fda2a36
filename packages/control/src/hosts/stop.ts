import type { HostDriver } from '@orangery/hypervisor';
import type { Context } from '../context.ts';
import { settled, type Turn, waiting } from '../loops/loop.ts';
import { networkName, storagePoolName, volumeOwner } from '../names.ts';

const LOOK_AGAIN_MS = 500;

/** Takes down what this installation has on a host, once its machines are gone. */
export async function stopHost(
  { db, installation }: Context,
  driver: HostDriver,
  hostId: string,
  purge: boolean,
): Promise<Turn> {
  const machines = await db.selectFrom('machine').select('id').where('host_id', '=', hostId).execute();
  const templates = await db
    .selectFrom('template')
    .select(['id', 'phase'])
    .where('host_id', '=', hostId)
    .execute();
  const busy = templates.filter(({ phase }) => purge || phase === 'booting' || phase === 'saving');
  if (machines.length + busy.length > 0) {
    return waiting(
      `waits for the end of ${machines.length} machines and ${busy.length} templates`,
      LOOK_AGAIN_MS,
    );
  }
  const pool = storagePoolName(installation.id);
  const network = networkName(installation.id);
  if (purge) {
    const volumes = await driver.storage.list(pool).catch(() => []);
    for (const { name } of volumes) {
      if (volumeOwner(name) !== undefined) await driver.storage.delete(pool, name);
    }
    await driver.storage.deletePool(pool);
    await driver.networks.delete(network);
  } else await driver.networks.stop(network);
  await db.updateTable('host').set({ phase: 'stopped', reason: null }).where('id', '=', hostId).execute();
  return settled('stopped');
}

/** Ends all sessions and machines. The loops do the work; `status` tells when nothing runs any more. */
export async function stopInstallation({ db }: Context, purge: boolean): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('installation')
      .set({ desired: purge ? 'purged' : 'stopped' })
      .execute();
    await trx
      .updateTable('session')
      .set({ phase: 'ended', ended_at: new Date(), end_reason: 'Orangery was stopped' })
      .where('ended_at', 'is', null)
      .execute();
    await trx.updateTable('machine').set({ desired: 'absent' }).execute();
    if (purge) await trx.updateTable('template').set({ desired: 'absent' }).execute();
  });
}
