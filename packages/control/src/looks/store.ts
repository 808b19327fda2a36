import type { lookSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso } from '../rows.ts';
import { ALLOW_MS, ASK_MS, lookState } from './policy.ts';

export type Look = z.infer<typeof lookSchema>;
type Clocked = Pick<Context, 'db' | 'clock'>;

const KEPT_MS = 3_600_000;
const MAX = 100;

/** What somebody is asked, and what they have asked; the latest first. */
export async function listLooks(context: Clocked, principalId: string): Promise<Look[]> {
  const rows = await query(context)
    .where((eb) => eb.or([eb('look.person_id', '=', principalId), eb('look.asker_id', '=', principalId)]))
    .where('look.until', '>', new Date(context.clock.now() - KEPT_MS))
    .where('session.ended_at', 'is', null)
    .orderBy('look.asked_at', 'desc')
    .limit(MAX)
    .execute();
  return rows.map((row) => toLook(row, principalId, context.clock.now()));
}

/** Asks the person of a session. Again while they are asked, or have allowed it, changes nothing. Undefined: it has ended. */
export async function askToLook(
  context: Clocked,
  sessionId: string,
  askerId: string,
): Promise<Look | undefined> {
  const { db, clock } = context;
  const now = new Date(clock.now());
  const until = new Date(clock.now() + ASK_MS);
  await db
    .insertInto('look')
    .columns(['tenant_id', 'session_id', 'person_id', 'asker_id', 'asked_at', 'until'])
    .expression((eb) =>
      eb
        .selectFrom('session')
        .select([
          'tenant_id',
          'id',
          'principal_id',
          sql<string>`${askerId}::uuid`.as('asker_id'),
          sql<Date>`${now}::timestamptz`.as('asked_at'),
          sql<Date>`${until}::timestamptz`.as('until'),
        ])
        .where('id', '=', sessionId)
        .where('ended_at', 'is', null),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['session_id', 'asker_id'])
        .doUpdateSet({ asked_at: now, allowed: null, until })
        .where((eb) => eb.or([eb('look.until', '<=', now), eb('look.allowed', '=', false)])),
    )
    .execute();
  const row = await query(context)
    .where('look.session_id', '=', sessionId)
    .where('look.asker_id', '=', askerId)
    .where('session.ended_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : toLook(row, askerId, clock.now());
}

/** A person's answer to who asks them; again is their latest word. Undefined: they are not asked, or too late. */
export async function answerLook(
  context: Clocked,
  personId: string,
  id: string,
  allow: boolean,
): Promise<Look | undefined> {
  const { db, clock } = context;
  const now = new Date(clock.now());
  const answered = await db
    .updateTable('look')
    .set(allow ? { allowed: true, until: new Date(clock.now() + ALLOW_MS) } : { allowed: false })
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .where((eb) => (allow ? eb('until', '>', now) : eb.lit(true)))
    .returning('id')
    .executeTakeFirst();
  if (answered === undefined) return undefined;
  const row = await query(context).where('look.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toLook(row, personId, clock.now());
}

/** Whether somebody may see what a machine shows now: nobody uses it, they do, or who does has allowed it. */
export async function mayLook(
  { db, clock }: Clocked,
  machineId: string,
  lookerId: string | undefined,
): Promise<boolean> {
  const session = await db
    .selectFrom('session')
    .leftJoin('look', (join) =>
      join
        .onRef('look.session_id', '=', 'session.id')
        .on('look.asker_id', '=', lookerId ?? '00000000-0000-0000-0000-000000000000'),
    )
    .select(['session.principal_id', 'look.allowed', 'look.until'])
    .where('session.machine_id', '=', machineId)
    .where('session.ended_at', 'is', null)
    .executeTakeFirst();
  if (session === undefined || session.principal_id === lookerId) return true;
  const { allowed, until } = session;
  return until !== null && lookState({ allowed, until }, clock.now()) === 'allowed';
}

const query = ({ db }: Clocked) =>
  db
    .selectFrom('look')
    .innerJoin('session', 'session.id', 'look.session_id')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .innerJoin('principal as person', 'person.id', 'look.person_id')
    .innerJoin('principal as asker', 'asker.id', 'look.asker_id')
    .selectAll('look')
    .select(['pool.title', 'person.name as person', 'asker.name as asker']);

type Row = Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>;

const toLook = (row: Row, readerId: string, nowMs: number): Look => ({
  id: row.id,
  sessionId: row.session_id,
  title: row.title,
  asker: row.asker,
  person: row.person,
  ofMine: row.person_id === readerId,
  state: lookState(row, nowMs),
  until: iso(row.until),
});
