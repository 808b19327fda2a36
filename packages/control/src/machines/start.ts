import type { DB } from '@orangery/database';
import { type Kysely, sql, type Updateable } from 'kysely';
import type { Context } from '../context.ts';
import { mayAdopt, mayStart, type Work } from '../hosts/throttle.ts';

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
  const may = (places: Places): boolean =>
    as === 'adopting' ? mayAdopt(places) : mayStart({ ...places, awaited: machine.awaited });
  // Most who ask in a storm are refused: none of them needs to wait in line for the host's row.
  const seen = await placesOn(db, machine, now);
  if (!may(seen)) return refuse(refusal(seen));
  const refused = await db.transaction().execute(async (trx) => {
    // One after the other for each host, or all of them would find the same place.
    await trx.selectFrom('host').select('id').where('id', '=', machine.host_id).forUpdate().execute();
    const found = await placesOn(trx, machine, now);
    if (!may(found)) return refusal(found);
    await trx
      .updateTable('machine')
      .set({ ...taken, reason: null })
      .where('id', '=', machine.id)
      .execute();
    return undefined;
  });
  return refused === undefined ? undefined : refuse(refused);
}

type Places = Work & { name: string; why: string; becoming: number; justTaken: number };

/** What was taken and is ready becomes somebody's within this, or waits for something else, as for who decides. */
const JUST_TAKEN_MS = 15_000;

/** What the machine's host does for other machines now, and how many of them wait to become somebody's. */
async function placesOn(
  db: Kysely<DB>,
  machine: { id: string; host_id: string },
  now: number,
): Promise<Places> {
  const since = new Date(now - STARTING_MS_MAX);
  const adopts = sql`machine.phase = 'ready' and machine.adopted_at is null`;
  return db
    .selectFrom('host')
    .leftJoin('machine', (join) =>
      join.onRef('machine.host_id', '=', 'host.id').on('machine.id', '!=', machine.id),
    )
    .select(['host.name', 'host.starts_max as startsMax', 'host.starts_reason as why'])
    .select([
      sql<number>`coalesce((host.facts->>'cpus')::integer, 1)`.as('cpus'),
      sql<number>`count(*) filter (where ${startsSince(since)})`.as('starting'),
      sql<number>`count(*) filter (where ${adopts} and machine.adopting_at > ${since})`.as('adopting'),
      sql<number>`count(*) filter (where ${adopts} and machine.taken_at > ${since}
        and coalesce(machine.adopting_at <= ${since}, true))`.as('becoming'),
      sql<number>`count(*) filter (where ${adopts} and machine.taken_at > ${new Date(now - JUST_TAKEN_MS)}
        and coalesce(machine.adopting_at < machine.taken_at, true))`.as('justTaken'),
    ])
    .where('host.id', '=', machine.host_id)
    .groupBy('host.id')
    .executeTakeFirstOrThrow();
}

/** What was made for somebody keeps its place until it is theirs. */
export const startsSince = (since: Date) => sql<boolean>`(machine.phase_since > ${since} and (
  machine.phase in ('cloning', 'booting')
  or machine.phase = 'identifying' and machine.taken_at is not null and machine.adopted_at is null))`;

function refusal({ name, startsMax, cpus, why, starting, adopting, becoming }: Places): string {
  const theirs = adopting + becoming;
  if (starting === 0) {
    const whose = theirs === 1 ? 'a machine is' : `${theirs} machines are`;
    return `${whose} being made somebody's on ${name} now: people go first`;
  }
  if (adopting > 0 && starting < startsMax)
    return `${starting + adopting} others start or become somebody's on ${name} now, which has ${cpus} processors`;
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
