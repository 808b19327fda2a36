import { createHash } from 'node:crypto';
import { rightsOfRole, roles } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';
import { consoleMachine } from '../machines/console.ts';
import { sizeOf } from '../pools/store.ts';
import { connectability } from './store.ts';
import { latestTurn, type ViewerOrigin } from './viewers.ts';

export const TICKET_LIFE_MS = 15_000;
const TICKET_BYTES = 32;

/** What is looked at through the gateway. */
export type ViewedKind = 'session' | 'draft' | 'machine';
const COLUMN = { session: 'session_id', draft: 'draft_id', machine: 'machine_id' } as const;

/** Tickets are kept as digests only: who reads the database cannot open a session. */
export function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** One-time permission to open this session, draft or machine's console through the gateway, for this person, for 15 seconds. */
export async function makeTicket(
  { db, rng, clock }: Context,
  session: { id: string; principalId: string; of?: ViewedKind },
): Promise<string> {
  const token = rng.bytes(TICKET_BYTES).toString('base64url');
  await db
    // Old ones serve nobody; a few at a time keep the table small without a loop of its own.
    .with('old', (q) => q.deleteFrom('ticket').where('expires_at', '<', sql<Date>`now() - interval '1 hour'`))
    .insertInto('ticket')
    .values({
      token_sha256: digest(token),
      [COLUMN[session.of ?? 'session']]: session.id,
      principal_id: session.principalId,
      expires_at: new Date(clock.now() + TICKET_LIFE_MS),
    })
    .execute();
  return token;
}

/**
 * `turn`: which viewer of the session this is, a number that grows with each. The session is the latest one's, at
 * whatever gateway.
 */
export type Redeemed = {
  of: ViewedKind;
  /** Of a draft its version's id, of a console its machine's. */
  sessionId: string;
  /** Of a session alone. */
  poolId?: string;
  machineId: string;
  hostId: string;
  machineName: string;
  turn: number;
  /** What its pool lets pass between machine and device; undefined: a draft's, all of it. */
  display?: {
    clipboard: 'both' | 'toMachine' | 'fromMachine' | 'none';
    screenMax: { width: number; height: number } | null;
  };
};

/**
 * Uses a ticket up, and tells all gateways that the session has a later viewer. One answer for unknown, used, expired
 * and somebody else's, and for a machine that is not ready to be seen: undefined.
 */
export async function redeemTicket(
  context: Context,
  token: string,
  principalId: string,
  origin?: ViewerOrigin & { gateway: string },
): Promise<Redeemed | undefined> {
  const now = new Date(context.clock.now());
  return context.db.transaction().execute(async (trx) => {
    const tickets = trx
      .selectFrom('ticket')
      .where('token_sha256', '=', digest(token))
      .where('principal_id', '=', principalId);
    const ticket = await tickets.select(['session_id', 'draft_id', 'machine_id']).executeTakeFirst();
    const sessionId = ticket?.session_id ?? ticket?.draft_id ?? ticket?.machine_id;
    if (ticket === undefined || sessionId === null || sessionId === undefined) return undefined;
    const of = ticket.draft_id !== null ? 'draft' : ticket.machine_id !== null ? 'machine' : 'session';
    // One at a time for each session, and each later than the one before by at least the unit, whatever the clock says.
    await (of === 'draft'
      ? trx.selectFrom('draft').select('version_id').where('version_id', '=', sessionId).forUpdate().execute()
      : trx.selectFrom(of).select('id').where('id', '=', sessionId).forUpdate().execute());
    const used = await trx
      .updateTable('ticket')
      .set({
        used_at: sql<Date>`greatest(clock_timestamp(), (
          select max(used_at) + interval '1 microsecond' from ticket where ${sessionId} in (session_id, draft_id, machine_id)), (
          select cut_at + interval '1 microsecond' from session where id = ${sessionId}))`,
      })
      .where('token_sha256', '=', digest(token))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .returning('token_sha256')
      .executeTakeFirst();
    if (used === undefined) return undefined;
    const row =
      of === 'draft'
        ? await draftMachine(trx, sessionId, principalId)
        : of === 'machine'
          ? await consoleMachine(trx, sessionId, principalId)
          : await trx
              .selectFrom('session')
              .innerJoin('machine', 'machine.id', 'session.machine_id')
              .select([
                'session.id as sessionId',
                'session.pool_id as poolId',
                'machine.id as machineId',
                'machine.host_id as hostId',
                'machine.name as machineName',
              ])
              .where('session.id', '=', sessionId)
              .where('session.principal_id', '=', principalId)
              .where('session.ended_at', 'is', null)
              .executeTakeFirst();
    if (row === undefined) return undefined;
    // It may have got another machine since: one that is not yet as its person may see it.
    if (of !== 'machine' && (await connectability({ ...context, db: trx }, sessionId)).kind !== 'ready')
      return undefined;
    await trx
      .updateTable('session')
      .set({ viewer: origin === undefined ? null : JSON.stringify(origin), viewer_since: now })
      .where('id', '=', sessionId)
      .execute();
    const turn = await latestTurn({ db: trx }, sessionId);
    await sql`select pg_notify('orangery_change', ${`session:${sessionId}`})`.execute(trx);
    return of === 'session'
      ? { of, ...row, turn, display: await displayOf(trx, sessionId) }
      : { of, ...row, turn };
  });
}

async function displayOf(trx: Kysely<DB>, sessionId: string): Promise<NonNullable<Redeemed['display']>> {
  const { clipboard, screen_width_max, screen_height_max } = await trx
    .selectFrom('session')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .select(['pool.clipboard', 'pool.screen_width_max', 'pool.screen_height_max'])
    .where('session.id', '=', sessionId)
    .executeTakeFirstOrThrow();
  return { clipboard, screenMax: sizeOf(screen_width_max, screen_height_max) };
}

const WHO_CHANGES_IMAGES = roles.filter((role) => rightsOfRole[role].includes('images.change'));

/** The machine in which somebody changes a version; it is looked at through the gateway as a session's is. */
function draftMachine(trx: Kysely<DB>, draftId: string, principalId: string) {
  return (
    trx
      .selectFrom('draft')
      .innerJoin('image_version', 'image_version.id', 'draft.version_id')
      .innerJoin('image', 'image.id', 'image_version.image_id')
      .innerJoin('principal', (join) => join.on('principal.id', '=', principalId))
      // They may still do what they were given the ticket for: in their tenant, or as an operator everywhere.
      .where(
        sql<boolean>`(principal.roles && ${WHO_CHANGES_IMAGES}::text[] and image.tenant_id = principal.tenant_id
        or 'operator' = any(principal.roles))`,
      )
      .select([
        'draft.version_id as sessionId',
        'draft.version_id as machineId',
        'draft.host_id as hostId',
        sql<string>`'draft-' || left(draft.version_id::text, 8)`.as('machineName'),
      ])
      .where('draft.version_id', '=', draftId)
      .where('draft.desired', '=', 'open')
      .where('draft.phase', '=', 'open')
      .executeTakeFirst()
  );
}
