import type { machineFailureSchema } from '@orangery/contract';
import { messageOf } from '@orangery/std';
import { type Selectable, sql } from 'kysely';
import type { DB } from '@orangery/database';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { type MachinePicture, pictureOf } from './picture.ts';

/** So many are remembered of each pool, the latest. */
const KEPT_MAX = 50;

type Failure = z.infer<typeof machineFailureSchema>;

/**
 * The machine has failed: nobody gets it, and what its screen shows is kept with the reason. A pooled one is taken away
 * and replaced after this; a person's own stays as it is.
 */
export async function giveUp(
  context: Context,
  machine: Selectable<DB['machine']>,
  reason: string,
): Promise<void> {
  const { db, clock } = context;
  const picture = machine.taken_at === null ? await lastPicture(context, machine.id) : undefined;
  const now = new Date(clock.now());
  await db.transaction().execute(async (trx) => {
    const failed = await trx
      .updateTable('machine')
      .set({ phase: 'failed', phase_since: now, reason })
      .where('id', '=', machine.id)
      .where('phase', '!=', 'failed')
      .returning('id')
      .executeTakeFirst();
    // Another server that had lost its lock was faster.
    if (failed === undefined) return;
    await trx
      .insertInto('machine_failure')
      .values({
        tenant_id: machine.tenant_id,
        pool_id: machine.pool_id,
        host_id: machine.host_id,
        image_version_id: machine.image_version_id,
        machine_id: machine.id,
        machine: machine.name,
        was_ready: machine.phase === 'ready',
        reason,
        picture: picture?.png ?? null,
        at: now,
      })
      .execute();
    await sql`delete from machine_failure where pool_id = ${machine.pool_id} and id not in (
      select id from machine_failure where pool_id = ${machine.pool_id} order by at desc limit ${KEPT_MAX})`.execute(
      trx,
    );
  });
}

/** Never of a machine that somebody used: what people had on their screens is kept nowhere. */
function lastPicture(context: Context, machineId: string): Promise<MachinePicture | undefined> {
  return pictureOf(context, machineId).catch((error: unknown) => {
    context.log.debug(
      { machine: machineId, reason: messageOf(error) },
      'a machine that failed shows nothing',
    );
    return undefined;
  });
}

/** Machines of a pool that failed, the latest first. */
export async function listFailures({ db }: Context, poolId: string): Promise<Failure[]> {
  const rows = await db
    .selectFrom('machine_failure as failure')
    .leftJoin('host', 'host.id', 'failure.host_id')
    .leftJoin('image_version as version', 'version.id', 'failure.image_version_id')
    .select([
      'failure.id',
      'failure.machine',
      'failure.reason',
      'failure.was_ready',
      'failure.at',
      'host.name as host',
      'version.version',
      sql<boolean>`failure.picture is not null`.as('pictured'),
    ])
    .where('failure.pool_id', '=', poolId)
    .orderBy('failure.at', 'desc')
    .limit(KEPT_MAX)
    .execute();
  return rows.map(({ was_ready, at, ...row }) => ({ ...row, wasReady: was_ready, at: at.toISOString() }));
}

/** What a failed machine showed; undefined: there is no such failure, or it showed nothing. */
export async function failurePicture(
  { db }: Context,
  id: string,
): Promise<(MachinePicture & { at: Date }) | undefined> {
  const row = await db
    .selectFrom('machine_failure')
    .select(['picture', 'at'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || row.picture === null) return undefined;
  const png = row.picture;
  // IHDR comes first (PNG 1.2, 4.1.1); we wrote it ourselves.
  return { png, width: png.readUInt32BE(16), height: png.readUInt32BE(20), at: row.at };
}
