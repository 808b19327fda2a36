import type { DB } from '@orangery/database';
import { OrangeryError } from '@orangery/std';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Locale } from '../machines/profile.ts';
import { bringProfile, profileHost } from '../profiles/claim.ts';
import type { Begun } from './begin.ts';
import { freeMachines, reasonFor } from './free.ts';
import { beginSession } from './gather.ts';

/** Races between servers are decided by unique indexes; the loser looks again. More losses in a row are a fault. */
const TRIES_MAX = 5;

/**
 * The session of a person in a pool: the one there is, else a new one on a ready machine, else on one that is on its
 * way, else waiting until the pool has made one and those who came before have theirs. Any number of clicks, tabs and
 * servers end in the same session. `mode` is what is shown in a new one; one that shows programs alone shows the whole
 * desktop from now on where that is asked for, and never the other way round.
 */
export async function openDesktop(
  context: Context,
  principal: { id: string; tenantId: string },
  poolId: string,
  locale: Locale = {},
  mode: 'desktop' | 'application' = 'desktop',
): Promise<{ sessionId: string; made: boolean }> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const begun = await beginSession(context.db, poolId, { ...principal, locale, mode });
    if (begun !== undefined) return goOn(context.db, poolId, begun, mode);
  }
  throw new OrangeryError(
    'CONFLICT',
    'The session could not be made: others were faster each time. Click again.',
  );
}

/** Whatever of it a killed server did not come to, the sessions loop does. */
async function goOn(
  db: Kysely<DB>,
  poolId: string,
  { sessionId, made, machineId, profile }: Begun,
  mode: 'desktop' | 'application',
): Promise<{ sessionId: string; made: boolean }> {
  if (!made) {
    if (mode === 'desktop') await showDesktop(db, sessionId);
    return { sessionId, made };
  }
  const has =
    machineId !== null || (await db.transaction().execute((trx) => assignMachine(trx, sessionId, poolId)));
  if (has && profile === 'disk') await bringProfile(db, sessionId);
  return { sessionId, made };
}

async function showDesktop(db: Kysely<DB>, sessionId: string): Promise<void> {
  const changed = await db
    .updateTable('session')
    .set({ mode: 'desktop' })
    .where('id', '=', sessionId)
    .where('mode', '=', 'application')
    .where('ended_at', 'is', null)
    .returning('machine_id')
    .executeTakeFirst();
  if (changed === undefined || changed.machine_id === null) return;
  await sql`select pg_notify('orangery_nudge', ${`machines:${changed.machine_id}`})`.execute(db);
}

/**
 * Takes the machine that is nearest to ready; false when there is none, when somebody waits longer, or when the session
 * needs none any more.
 */
export async function assignMachine(trx: Kysely<DB>, sessionId: string, poolId: string): Promise<boolean> {
  return (await tryToAssign(trx, sessionId, poolId)) === 'assigned';
}

/** `behind`: somebody waits longer. */
export async function tryToAssign(
  trx: Kysely<DB>,
  sessionId: string,
  poolId: string,
): Promise<'assigned' | 'behind' | 'none'> {
  // With its row locked, a session cannot end in between and leave its machine taken for ever.
  const session = await trx
    .selectFrom('session')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .select(['session.id', 'session.principal_id', 'session.profile', 'pool.kind'])
    .where('session.id', '=', sessionId)
    .where('ended_at', 'is', null)
    .where('machine_id', 'is', null)
    .forUpdate('session')
    .executeTakeFirst();
  if (session === undefined) return 'none';
  const { principal_id: principalId } = session;
  const own = session.kind === 'persistent';
  // Their files are on one host's storage: a machine elsewhere could not have them.
  const home = session.profile !== 'none' ? await profileHost(trx, principalId) : undefined;
  // Nobody waits behind others for what is theirs.
  const earlier = own
    ? undefined
    : await trx
        .selectFrom('session')
        .select('id')
        .where('pool_id', '=', poolId)
        .where('phase', '=', 'waiting')
        // As the index of those who wait has it: without it all that ever were in the pool are read.
        .where('ended_at', 'is', null)
        .where('machine_id', 'is', null)
        .where(
          sql<boolean>`(created_at, id) < (select me.created_at, me.id from session me where me.id = ${sessionId})`,
        )
        .limit(1)
        .executeTakeFirst();
  if (earlier !== undefined) return 'behind';
  const machine = await trx
    .updateTable('machine')
    .set({
      taken_at: sql`now()`,
      power: 'on',
      // One's own that failed begins anew, whatever is left of it on its host.
      restart: sql`case when phase = 'failed' then 'hard' else restart end`,
      phase_since: sql`case when phase = 'failed' then now() else phase_since end`,
      phase: sql`case when phase = 'failed' then 'stopping' else phase end`,
    })
    .where(
      'id',
      '=',
      freeMachines(trx, poolId, own ? principalId : null)
        .select('id')
        .$if(home !== undefined, (free) => free.where('host_id', '=', home as string))
        .limit(1),
    )
    .returning(['id', 'name', 'phase', 'host_id'])
    .executeTakeFirst();
  if (machine === undefined) return 'none';
  const reason = reasonFor(machine, own);
  await trx
    .updateTable('session')
    .set({ machine_id: machine.id, reason })
    .where('id', '=', sessionId)
    .where('machine_id', 'is', null)
    .execute();
  return 'assigned';
}
