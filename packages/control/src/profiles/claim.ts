import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import { takeMachineAway } from '../sessions/replace.ts';

export type Claim =
  /** Claimed for this machine, now or before. */
  | { kind: 'claimed' }
  /** Its last machine is being closed down: it comes free by itself. */
  | { kind: 'closing' }
  /** It is free, and on another host than the machine. */
  | { kind: 'elsewhere' }
  /** Another session of the same person has it. */
  | { kind: 'inUse'; sessionId: string };

/**
 * Claims a person's profile disk for a machine, and makes its row the first time: on that machine's host. One writer:
 * `machine_id` is set only where it is null, and goes back to null when the machine is proven out.
 */
export async function claimProfile(
  trx: Kysely<DB>,
  of: { principalId: string; tenantId: string; machineId: string; hostId: string; sizeGib: number },
): Promise<Claim> {
  await trx
    .insertInto('profile_disk')
    .values({
      tenant_id: of.tenantId,
      principal_id: of.principalId,
      host_id: of.hostId,
      size_gib: of.sizeGib,
    })
    .onConflict((conflict) => conflict.column('principal_id').doNothing())
    .execute();
  const claimed = await trx
    .updateTable('profile_disk')
    .set({
      machine_id: of.machineId,
      claimed_at: sql`now()`,
      // A pool that gives more makes it larger; none makes it smaller.
      size_gib: sql`greatest(size_gib, ${of.sizeGib})`,
    })
    .where('principal_id', '=', of.principalId)
    .where('host_id', '=', of.hostId)
    .where((eb) => eb.or([eb('machine_id', 'is', null), eb('machine_id', '=', of.machineId)]))
    .returning('id')
    .executeTakeFirst();
  if (claimed !== undefined) return { kind: 'claimed' };
  const holder = await trx
    .selectFrom('profile_disk')
    .innerJoin('session', 'session.machine_id', 'profile_disk.machine_id')
    .select('session.id')
    .where('profile_disk.principal_id', '=', of.principalId)
    .where('session.ended_at', 'is', null)
    .executeTakeFirst();
  if (holder !== undefined) return { kind: 'inUse', sessionId: holder.id };
  return { kind: (await profileHost(trx, of.principalId)) === of.hostId ? 'closing' : 'elsewhere' };
}

/**
 * Claims the files of a session's person for its machine; where another session of theirs has them, the session says
 * so and waits for a choice.
 */
export async function bringProfile(db: Kysely<DB>, sessionId: string): Promise<Claim['kind']> {
  const of = await db
    .selectFrom('session')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .innerJoin('machine', 'machine.id', 'session.machine_id')
    .select([
      'session.principal_id as principalId',
      'session.tenant_id as tenantId',
      'machine.id as machineId',
      'machine.host_id as hostId',
      'pool.profile_gib as sizeGib',
    ])
    .where('session.id', '=', sessionId)
    .where('session.ended_at', 'is', null)
    .where('session.profile', '=', 'disk')
    .executeTakeFirst();
  if (of === undefined) return 'closing';
  // A pool that brings no files any more brings none: who came before that goes on without.
  if (of.sizeGib === null) {
    await db.updateTable('session').set({ profile: 'none' }).where('id', '=', sessionId).execute();
    return 'closing';
  }
  const claim = await claimProfile(db, { ...of, sizeGib: of.sizeGib });
  if (claim.kind === 'elsewhere') {
    // Nobody has seen this machine: it is shown once the files are there.
    const reason = 'Your files are on another host: you get a machine there.';
    await db
      .transaction()
      .execute((trx) => takeMachineAway(trx, { sessionId, machineId: of.machineId, reason }));
  }
  if (claim.kind === 'inUse') {
    await db
      .updateTable('session')
      .set({ profile: 'conflict' })
      .where('id', '=', sessionId)
      .where('profile', '=', 'disk')
      .where('ended_at', 'is', null)
      .execute();
  }
  if (claim.kind === 'claimed') {
    await sql`select pg_notify('orangery_nudge', ${`machines:${of.machineId}`})`.execute(db);
  }
  return claim.kind;
}

/** The host that keeps a person's files; undefined while they have none. */
export async function profileHost(trx: Kysely<DB>, principalId: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('profile_disk')
    .select('host_id')
    .where('principal_id', '=', principalId)
    .executeTakeFirst();
  return row?.host_id;
}
