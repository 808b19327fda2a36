import type { DB } from '@orangery/database';
import { OrangeryError } from '@orangery/std';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';
import { recordUsage } from '../usage.ts';

/** Races are decided by unique indexes; the loser looks again. More losses in a row than this are a fault. */
const TRIES_MAX = 5;

/**
 * The session of a person in a pool: the one there is, else a new one on a ready machine, else on one that is on its
 * way, else waiting until the pool has made one and those who came before have theirs. Any number of clicks, tabs and servers end in the same session.
 */
export async function openDesktop(
  context: Context,
  principal: { id: string; tenantId: string },
  poolId: string,
): Promise<{ sessionId: string; made: boolean }> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const live = await context.db
      .selectFrom('session')
      .select('id')
      .where('principal_id', '=', principal.id)
      .where('pool_id', '=', poolId)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    if (live !== undefined) return { sessionId: live.id, made: false };
    try {
      const sessionId = await context.db.transaction().execute((trx) => makeSession(trx, principal, poolId));
      return { sessionId, made: true };
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
  }
  throw new OrangeryError(
    'CONFLICT',
    'The session could not be made: others were faster each time. Click again.',
  );
}

async function makeSession(
  trx: Kysely<DB>,
  principal: { id: string; tenantId: string },
  poolId: string,
): Promise<string> {
  // First the row that makes this person's session unique, then a machine for it: a loser takes none.
  const session = await trx
    .insertInto('session')
    .values({
      tenant_id: principal.tenantId,
      pool_id: poolId,
      principal_id: principal.id,
      reason: 'All machines of the pool are in use; the next free one is yours.',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await assignMachine(trx, session.id, poolId);
  await recordUsage(
    trx,
    { id: session.id, tenant_id: principal.tenantId, principal_id: principal.id },
    'session.started',
    { poolId },
  );
  return session.id;
}

/**
 * Takes the machine that is nearest to ready; false when there is none, when somebody waits longer, or when the session
 * needs none any more.
 */
export async function assignMachine(trx: Kysely<DB>, sessionId: string, poolId: string): Promise<boolean> {
  // With its row locked, a session cannot end in between and leave its machine taken for ever.
  const session = await trx
    .selectFrom('session')
    .select('id')
    .where('id', '=', sessionId)
    .where('ended_at', 'is', null)
    .where('machine_id', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (session === undefined) return false;
  const earlier = await trx
    .selectFrom('session')
    .select('id')
    .where('pool_id', '=', poolId)
    .where('phase', '=', 'waiting')
    .where('machine_id', 'is', null)
    .where(
      sql<boolean>`(created_at, id) < (select me.created_at, me.id from session me where me.id = ${sessionId})`,
    )
    .executeTakeFirst();
  if (earlier !== undefined) return false;
  const machine = await trx
    .updateTable('machine')
    .set({ taken_at: sql`now()` })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('machine')
        .select('id')
        .where('pool_id', '=', poolId)
        .where('desired', '=', 'running')
        .where('phase', 'in', ['ready', 'identifying', 'cloning', 'planned'])
        .where('taken_at', 'is', null)
        .orderBy(sql`array_position(array['ready','identifying','cloning','planned'], phase)`)
        .orderBy('created_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'name', 'phase'])
    .executeTakeFirst();
  if (machine === undefined) return false;
  const reason =
    machine.phase === 'ready'
      ? `${machine.name} was ready`
      : `${machine.name} is being made and was the nearest to ready`;
  await trx
    .updateTable('session')
    .set({ machine_id: machine.id, reason })
    .where('id', '=', sessionId)
    .where('machine_id', 'is', null)
    .execute();
  return true;
}

function isUniqueViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505';
}
