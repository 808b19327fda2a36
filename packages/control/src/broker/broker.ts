import type { MachinePhase } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { OrangeryError } from '@orangery/std';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Locale } from '../machines/profile.ts';
import { claimProfile, profileHost } from '../profiles/claim.ts';
import { isUniqueViolation } from '../rows.ts';
import { recordUsage } from '../usage.ts';

/** Races are decided by unique indexes; the loser looks again. More losses in a row than this are a fault. */
const TRIES_MAX = 5;

/** The nearest to ready first. */
const FREE_PHASES = ['ready', 'identifying', 'cloning', 'planned'] as const;
const OWN_PHASES = ['ready', 'identifying', 'booting', 'planned', 'stopping', 'off'] as const;

/**
 * The session of a person in a pool: the one there is, else a new one on a ready machine, else on one that is on its
 * way, else waiting until the pool has made one and those who came before have theirs. Any number of clicks, tabs and servers end in the same session.
 */
export async function openDesktop(
  context: Context,
  principal: { id: string; tenantId: string },
  poolId: string,
  locale: Locale = {},
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
      const sessionId = await context.db
        .transaction()
        .execute((trx) => makeSession(trx, principal, poolId, locale));
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
  locale: Locale,
): Promise<string> {
  const pool = await trx
    .selectFrom('pool')
    .select('closed_reason')
    .where('id', '=', poolId)
    .where('desired', '=', 'present')
    // With its row locked, a pool is not deleted under a session that is just being made.
    .forShare()
    .executeTakeFirst();
  if (pool === undefined) throw new OrangeryError('NOT_FOUND', 'This pool is no more.');
  if (pool.closed_reason !== null) throw new OrangeryError('CONFLICT', pool.closed_reason);
  // First the row that makes this person's session unique, then a machine for it: a loser takes none.
  const session = await trx
    .insertInto('session')
    .values({
      tenant_id: principal.tenantId,
      pool_id: poolId,
      principal_id: principal.id,
      locale: JSON.stringify(locale),
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
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .select(['session.id', 'session.tenant_id', 'session.principal_id', 'pool.profile_gib', 'pool.kind'])
    .where('session.id', '=', sessionId)
    .where('ended_at', 'is', null)
    .where('machine_id', 'is', null)
    .forUpdate('session')
    .executeTakeFirst();
  if (session === undefined) return false;
  const { principal_id: principalId } = session;
  const own = session.kind === 'persistent';
  // A machine of one's own keeps what is saved on it.
  const sizeGib = own ? null : session.profile_gib;
  // Their files are on one host's storage: a machine elsewhere could not have them.
  const home = sizeGib === null ? undefined : await profileHost(trx, principalId);
  // Nobody waits behind others for what is theirs.
  const earlier = own
    ? undefined
    : await trx
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
    .set({ taken_at: sql`now()`, power: 'on' })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('machine')
        .select('id')
        .where('pool_id', '=', poolId)
        .where('desired', '=', 'running')
        .where('phase', 'in', own ? OWN_PHASES : FREE_PHASES)
        .where('principal_id', own ? '=' : 'is', own ? principalId : null)
        .where('taken_at', 'is', null)
        .$if(home !== undefined, (free) => free.where('host_id', '=', home as string))
        .orderBy(sql`array_position(${sql.val([...FREE_PHASES])}::text[], phase)`)
        .orderBy('created_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'name', 'phase', 'host_id'])
    .executeTakeFirst();
  if (machine === undefined) return false;
  const reason = reasonFor(machine, own);
  const claim =
    sizeGib === null
      ? undefined
      : await claimProfile(trx, {
          principalId,
          tenantId: session.tenant_id,
          machineId: machine.id,
          hostId: machine.host_id,
          sizeGib,
        });
  const profile = claim === undefined ? 'none' : claim.kind === 'inUse' ? 'conflict' : 'disk';
  await trx
    .updateTable('session')
    .set({ machine_id: machine.id, reason, profile })
    .where('id', '=', sessionId)
    .where('machine_id', 'is', null)
    .execute();
  return true;
}

function reasonFor(machine: { name: string; phase: MachinePhase }, own: boolean): string {
  if (own)
    return machine.phase === 'ready' ? `${machine.name} is yours` : `${machine.name} is yours and is started`;
  return machine.phase === 'ready'
    ? `${machine.name} was ready`
    : `${machine.name} is being made and was the nearest to ready`;
}
