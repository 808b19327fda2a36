import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';

export const TICKET_LIFE_MS = 15_000;
const TICKET_BYTES = 32;

/** Tickets are kept as digests only: who reads the database cannot open a session. */
export function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** One-time permission to open this session through the gateway, for this person, for 15 seconds. */
export async function makeTicket(
  { db, rng, clock }: Context,
  session: { id: string; principalId: string },
): Promise<string> {
  const token = rng.bytes(TICKET_BYTES).toString('base64url');
  await db
    .insertInto('ticket')
    .values({
      token_sha256: digest(token),
      session_id: session.id,
      principal_id: session.principalId,
      expires_at: new Date(clock.now() + TICKET_LIFE_MS),
    })
    .execute();
  // Old ones serve nobody; a few at a time keep the table small without a loop of its own.
  await db
    .deleteFrom('ticket')
    .where('expires_at', '<', sql<Date>`now() - interval '1 hour'`)
    .execute();
  return token;
}

export type Redeemed = { sessionId: string; machineId: string; hostId: string; machineName: string };

/** Uses a ticket up. One answer for unknown, used, expired and somebody else's: undefined. */
export async function redeemTicket(
  { db, clock }: Context,
  token: string,
  principalId: string,
): Promise<Redeemed | undefined> {
  const now = new Date(clock.now());
  const used = await db
    .updateTable('ticket')
    .set({ used_at: now })
    .where('token_sha256', '=', digest(token))
    .where('principal_id', '=', principalId)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('session_id')
    .executeTakeFirst();
  if (used === undefined) return undefined;
  const row = await db
    .selectFrom('session')
    .innerJoin('machine', 'machine.id', 'session.machine_id')
    .select([
      'session.id as sessionId',
      'machine.id as machineId',
      'machine.host_id as hostId',
      'machine.name as machineName',
    ])
    .where('session.id', '=', used.session_id)
    .where('session.principal_id', '=', principalId)
    .where('session.ended_at', 'is', null)
    .executeTakeFirst();
  return row;
}
