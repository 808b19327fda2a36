import type { DB } from '@orangery/database';
import { type Kysely, sql, type Updateable } from 'kysely';
import type { Context } from '../context.ts';
import { mayStart } from '../hosts/throttle.ts';

/** Who takes longer than this strains its host no more; perhaps its guest hangs. */
export const STARTING_MS_MAX = 180_000;

/**
 * Takes a place among the machines that start on the host, or that are made somebody's, which costs a guest as much: in the
 * row itself, which becomes `as`. Answers why it has to wait, where there is no place; nothing is changed then but the
 * reason that the row gives. `nudgeStarts` tells it when there is one.
 */
export async function takeStart(
  { db, clock }: Context,
  machine: { id: string; host_id: string; reason: string | null; awaited: boolean },
  as: 'cloning' | 'booting' | 'adopting',
): Promise<string | undefined> {
  const now = clock.now();
  const taken: Updateable<DB['machine']> =
    as === 'adopting' ? { adopting_at: new Date(now) } : { phase: as, phase_since: new Date(now) };
  const refuse = async (reason: string): Promise<string> => {
    if (reason !== machine.reason)
      await db.updateTable('machine').set({ reason }).where('id', '=', machine.id).execute();
    return reason;
  };
  // Most who ask in a storm are refused: none of them needs to wait in line for the host's row.
  const seen = await placesOn(db, machine, now);
  if (!mayStart({ ...seen, awaited: machine.awaited })) return refuse(refusal(seen));
  const refused = await db.transaction().execute(async (trx) => {
    // One after the other for each host, or all of them would find the same place.
    await trx.selectFrom('host').select('id').where('id', '=', machine.host_id).forUpdate().execute();
    const found = await placesOn(trx, machine, now);
    if (!mayStart({ ...found, awaited: machine.awaited })) return refusal(found);
    await trx
      .updateTable('machine')
      .set({ ...taken, reason: null })
      .where('id', '=', machine.id)
      .execute();
    return undefined;
  });
  return refused === undefined ? undefined : refuse(refused);
}

type Places = { name: string; startsMax: number; why: string; starting: number; becoming: number };

/** How many may start on the machine's host, how many others do, and how many are becoming somebody's. */
async function placesOn(
  db: Kysely<DB>,
  machine: { id: string; host_id: string },
  now: number,
): Promise<Places> {
  const since = new Date(now - STARTING_MS_MAX);
  return db
    .selectFrom('host')
    .select(['name', 'starts_max as startsMax', 'starts_reason as why'])
    .select((eb) =>
      eb
        .selectFrom('machine')
        .select((other) => other.fn.countAll<number>().as('starting'))
        .where('host_id', '=', machine.host_id)
        .where('machine.id', '!=', machine.id)
        .where(startsSince(since))
        .$asScalar()
        .$notNull()
        .as('starting'),
    )
    .select((eb) =>
      eb
        .selectFrom('machine')
        .select((other) => other.fn.countAll<number>().as('becoming'))
        .where('host_id', '=', machine.host_id)
        .where('machine.phase', '=', 'ready')
        .where('adopted_at', 'is', null)
        .where('taken_at', '>', since)
        .where((eb) => eb.or([eb('adopting_at', 'is', null), eb('adopting_at', '<=', since)]))
        .$asScalar()
        .$notNull()
        .as('becoming'),
    )
    .where('id', '=', machine.host_id)
    .executeTakeFirstOrThrow();
}

/** What was made for somebody keeps its place until it is theirs. */
export const startsSince = (since: Date) => sql<boolean>`(
  (machine.phase in ('cloning', 'booting') and machine.phase_since > ${since})
  or (machine.phase = 'identifying' and machine.taken_at is not null and machine.adopted_at is null
    and machine.phase_since > ${since})
  or (machine.phase = 'ready' and machine.adopting_at > ${since} and machine.adopted_at is null))`;

function refusal({ name, startsMax, why, starting, becoming }: Places): string {
  if (starting === 0) {
    const whose = becoming === 1 ? 'a machine is' : `${becoming} machines are`;
    return `${whose} being made somebody's on ${name} now: people go first`;
  }
  const others = starting === 1 ? 'another machine starts' : `${starting} others start`;
  return `${others} on ${name} now, ${startsMax} may at a time: ${why}`;
}

/** Two for each place that came free: of the first, somebody may not come. */
const NUDGED = 2;

/**
 * Tells machines that wait for a place on the host that there may be one: those first that only have to be made their
 * person's, then who is waited for, then the oldest. Whoever is not told looks again on the loop's period: thousands that
 * asked each moment would keep the server busy.
 */
export async function nudgeStarts(db: Kysely<DB>, hostId: string, places = 1): Promise<void> {
  await sql`select pg_notify('orangery_nudge', 'machines:' || id) from (
    select id from machine
    where host_id = ${hostId} and desired = 'running' and (retry_at is null or retry_at <= now())
      and ((phase in ('planned', 'off') and power = 'on')
        or (phase in ('identifying', 'ready') and taken_at is not null and adopted_at is null))
    order by phase in ('planned', 'off'), taken_at is null, taken_at, created_at limit ${places * NUDGED}) next`.execute(
    db,
  );
}
