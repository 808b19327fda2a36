import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { consoleState } from '../machines/console.ts';
import type { ViewedKind } from './tickets.ts';

/** Who looks at a session: what with, and from where. */
export type ViewerOrigin = { device: string; address: string };

/** What the row holds: written by ourselves, so anything else is nobody. */
export function originOf(column: unknown): ViewerOrigin | undefined {
  if (typeof column !== 'object' || column === null) return undefined;
  const { device, address } = column as Record<string, unknown>;
  return typeof device === 'string' && typeof address === 'string' ? { device, address } : undefined;
}

export const describeOrigin = ({ device, address }: ViewerOrigin): string => `${device} (${address})`;

/** Microseconds since 1970, exact below the year 2255. */
const TURN = sql<number | null>`(extract(epoch from max(used_at)) * 1000000)::bigint`;

/** The turn of the session's latest viewer; 0 while it had none. */
export async function latestTurn({ db }: Pick<Context, 'db'>, sessionId: string): Promise<number> {
  const { turn } = await db
    .selectFrom('ticket')
    .select(TURN.as('turn'))
    .where((eb) =>
      eb.or((['session_id', 'draft_id', 'machine_id'] as const).map((of) => eb(of, '=', sessionId))),
    )
    .executeTakeFirstOrThrow();
  return turn ?? 0;
}

/** Why a viewer is not the session's any more; the codes are the gateway's. */
export type ViewerEnd = {
  code: 'sessionEnded' | 'takenOver' | 'sentAway' | 'machineReplaced';
  reason: string;
};

/** Whether a viewer of this turn, which looks at this machine, goes on; and if not, what it is told. */
export async function viewerEnd(
  { db }: Pick<Context, 'db'>,
  sessionId: string,
  viewer: { turn: number; machineId: string; of?: ViewedKind },
): Promise<ViewerEnd | undefined> {
  if (viewer.of === 'machine') return consoleViewerEnd({ db }, viewer);
  const row = await db
    .selectFrom('session')
    .select(['ended_at', 'end_reason', 'machine_id', 'viewer', 'cut_reason'])
    .select([
      sql<number | null>`(extract(epoch from cut_at) * 1000000)::bigint`.as('cutTurn'),
      sql<number | null>`(select ${TURN} from ticket where session_id = session.id)`.as('latestTurn'),
    ])
    .where('id', '=', sessionId)
    .executeTakeFirst();
  if (row === undefined) return draftViewerEnd({ db }, sessionId, viewer.turn);
  if (row.ended_at !== null)
    return { code: 'sessionEnded', reason: row.end_reason ?? 'the session has ended' };
  if (viewer.turn <= (row.cutTurn ?? -1))
    return { code: 'sentAway', reason: row.cut_reason ?? 'it was disconnected from elsewhere' };
  if ((row.latestTurn ?? 0) > viewer.turn) return { code: 'takenOver', reason: takenBy(row.viewer) };
  if (row.machine_id !== viewer.machineId)
    return { code: 'machineReplaced', reason: 'you are given a fresh machine' };
  return undefined;
}

/** The same of a machine's console: its person comes first. */
async function consoleViewerEnd(
  context: Pick<Context, 'db'>,
  { machineId, turn }: { machineId: string; turn: number },
): Promise<ViewerEnd | undefined> {
  const state = await consoleState(context, machineId);
  if (state.kind === 'missing') return { code: 'sessionEnded', reason: 'the machine is gone' };
  if (state.kind === 'busy') return { code: 'sessionEnded', reason: state.reason };
  return (await latestTurn(context, machineId)) > turn
    ? { code: 'takenOver', reason: takenBy(null) }
    : undefined;
}

/** The same of a draft, which is looked at as a session is. */
async function draftViewerEnd(
  context: Pick<Context, 'db'>,
  draftId: string,
  turn: number,
): Promise<ViewerEnd | undefined> {
  const open = await context.db
    .selectFrom('draft')
    .select('version_id')
    .where('version_id', '=', draftId)
    .where('desired', '=', 'open')
    .where('phase', '=', 'open')
    .executeTakeFirst();
  if (open === undefined) return { code: 'sessionEnded', reason: 'it is not being changed any more' };
  return (await latestTurn(context, draftId)) > turn
    ? { code: 'takenOver', reason: takenBy(null) }
    : undefined;
}

export function takenBy(viewer: unknown): string {
  const origin = originOf(viewer);
  return origin === undefined
    ? 'the session was opened in another window'
    : `it was opened on ${describeOrigin(origin)} and is shown there now`;
}

/**
 * Sends away whoever looks at a session now, wherever that is; the session goes on. Who opens it afterwards may. False
 * when nobody looks at it.
 */
export async function sendViewerAway({ db }: Context, sessionId: string, reason: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const cut = await trx
      .updateTable('session')
      .set({
        // The latest viewer's turn is never later than this, whatever the clock did since.
        cut_at: sql<Date>`greatest(clock_timestamp(), (select max(used_at) from ticket where session_id = ${sessionId}))`,
        cut_reason: reason.slice(0, 500),
      })
      .where('id', '=', sessionId)
      .where('phase', '=', 'connected')
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (cut === undefined) return false;
    await sql`select pg_notify('orangery_change', ${`session:${sessionId}`})`.execute(trx);
    return true;
  });
}
