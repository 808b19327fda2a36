import type { DB } from '@orangery/database';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { learnedNow } from './demand.ts';
import type { Learned } from './learn.ts';
import { makeAtHomes, reserveHomes, waitingPeople } from './homes.ts';
import { freeAndTaken, makeMachines, type PoolMachines } from './machines.ts';
import { decidePause } from './pause.ts';
import { keepPersistent } from './persistent.ts';
import { decidePool } from './policy.ts';
import { decideReadiness, readHours } from './readiness.ts';
import { advanceRollout, versionsOf, wantedVersion } from './rollout.ts';
import { ensureTemplates, retireTemplates, type Template, templatesOf } from './templates.ts';

/** In a storm something becomes of a pool's machines all the time; counting thousands of them each time helps nobody. */
const REST_MS = 250;
const LEARNED_AGE_MS = 60_000;

/** Keeps each pool's ready machines: makes rows of machines and retires them; the machines loop makes them true. */
export function poolsLoop(context: Context): Loop {
  const { db, clock } = context;
  const learned = new Map<string, { atMs: number; value: Learned | undefined }>();
  /** What the weeks before ask for changes with the quarter of an hour; reading them takes longer than all else. */
  const learnedOf = async (pool: Pool): Promise<Learned | undefined> => {
    const known = learned.get(pool.id);
    const atMs = clock.monotonicMs();
    if (known !== undefined && atMs - known.atMs < LEARNED_AGE_MS) return known.value;
    const value = await learnedNow(db, pool, clock.now());
    learned.set(pool.id, { atMs, value });
    return value;
  };
  return {
    name: 'pools',
    periodMs: 5_000,
    parallel: 4,
    restMs: REST_MS,
    async keys() {
      const rows = await db.selectFrom('pool').select('id').execute();
      return rows.map((row) => row.id);
    },
    async turn(id) {
      const pool = await db.selectFrom('pool').selectAll().where('id', '=', id).executeTakeFirst();
      if (pool === undefined) {
        learned.delete(id);
        return gone();
      }
      const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
      if (desired !== 'running') return settled('the installation is stopped');
      if (pool.desired === 'absent') return emptyPool(context, pool.id);
      const wanted = await wantedVersion(context, pool);
      const { serves, rolls } = await versionsOf(context, pool, wanted);
      await ensureTemplates(context, pool, [serves, rolls?.to_version_id]);
      const templates = await templatesOf(context, pool, [serves, rolls?.to_version_id]);
      const ready = templates.filter((template) => template.phase === 'ready');
      const isNext = (version: string | null): boolean =>
        rolls !== undefined && version === rolls.to_version_id;
      const base = ready.filter((template) => !isNext(template.image_version_id));
      const next = ready.filter((template) => isNext(template.image_version_id));
      const seen = await freeAndTaken(context, pool);
      const promise = await promiseOf(context, pool, pool.learns ? await learnedOf(pool) : undefined);
      const { reserved, short } = reserveHomes(
        seen.free,
        promise.bound,
        new Set(ready.map((template) => template.host_id)),
      );
      const machines = { ...seen, free: seen.free.filter(({ id: free }) => !reserved.has(free)) };
      const rollout =
        rolls === undefined
          ? undefined
          : await advanceRollout(context, pool, rolls, {
              templates: templates.filter((template) => isNext(template.image_version_id)),
              machines,
              current: new Set(next.map((template) => template.id)),
              wanted: promise.readyCount + promise.waiting,
            });
      if (rollout === 'done') return progress('the new version is everywhere');
      if (ready.length === 0) {
        const failure = templates.find((template) => template.reason !== null)?.reason;
        return waiting(failure ?? 'waits for its template');
      }
      if (pool.kind === 'persistent') {
        return base.length === 0
          ? waiting('waits for its template')
          : keepPersistent(context, pool, base, promise);
      }
      const pause = await pauseOf(context, pool, serves);
      const decision = decidePool({
        ...promise,
        ...grouped(machines, base, next, rollout !== undefined),
        inUse: inUse(seen) + reserved.size,
        homes: short.length,
        machinesMax: pool.machines_max,
        rollout,
        pause: pause?.reason,
      });
      if (decision.retire.length > 0) await retire(context, decision.retire);
      // Where there is no place for the one, there may be for the other.
      const homes = await makeAtHomes(context, pool, short.slice(0, decision.createHome), [...base, ...next]);
      const noPlace = [
        homes,
        await makeMachines(context, pool, decision.createNext, next),
        await makeMachines(context, pool, decision.create, base),
      ].find((reason) => reason !== undefined);
      if (noPlace !== undefined) return waiting(noPlace);
      return decision.createHome + decision.create + decision.createNext + decision.retire.length > 0
        ? progress(decision.reason)
        : settled(decision.reason);
    },
  };
}

type Pool = Selectable<DB['pool']>;

/** Machines by what they were made from; what is of neither is outdated. */
function grouped(
  { free }: PoolMachines,
  base: readonly Template[],
  next: readonly Template[],
  rolls: boolean,
): Pick<Parameters<typeof decidePool>[0], 'free' | 'next' | 'outdated'> {
  const from = (templates: readonly Template[]): { id: string; ready: boolean }[] =>
    free
      .filter((machine) => templates.some(({ id }) => id === machine.template_id))
      .map(({ id, phase }) => ({ id, ready: phase === 'ready' }));
  const groups = { free: from(base), next: rolls ? from(next) : [] };
  const known = new Set([...groups.free, ...groups.next].map(({ id }) => id));
  return {
    ...groups,
    outdated: free
      .filter(({ id }) => !known.has(id))
      .map(({ id, phase }) => ({ id, ready: phase === 'ready' })),
  };
}

/** What may come back counts against the limit. */
const inUse = ({ inUse: taken, away }: PoolMachines): number =>
  [...taken.values()].reduce((sum, count) => sum + count, away);

/** How many machines are to be free now, and why; and who waits, of them those whose files are on a host. */
async function promiseOf(
  { db, clock }: Context,
  pool: Pool,
  learned: Learned | undefined,
): Promise<{ readyCount: number; readyReason: string; waiting: number; bound: Map<string, number> }> {
  const { waiting: waitingSessions, bound } = await waitingPeople(db, pool.id);
  const { suspended } = await db
    .selectFrom('tenant')
    .select(sql<boolean>`suspended_at is not null`.as('suspended'))
    .where('id', '=', pool.tenant_id)
    .executeTakeFirstOrThrow();
  const hours = await readHours(db, pool.id);
  const readiness = decideReadiness(pool.ready_count, hours, clock.now(), learned);
  const open = pool.closed_reason === null && !suspended;
  return {
    readyCount: open ? readiness.readyCount : 0,
    readyReason: open ? readiness.reason : suspended ? 'its tenant is suspended' : 'it is closed',
    waiting: waitingSessions,
    bound,
  };
}

/** Failures since a machine last became ready; of the version that the pool serves, as others stop its roll-out alone. */
async function pauseOf({ db, clock }: Context, pool: Pool, serves: string | undefined) {
  const { count, last } = await db
    .selectFrom('machine_failure')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.max('at').as('last')])
    .where('pool_id', '=', pool.id)
    .where('was_ready', '=', false)
    .where('at', '>', pool.healthy_at ?? new Date(0))
    .where('image_version_id', 'is not distinct from', serves ?? null)
    .executeTakeFirstOrThrow();
  return last === null ? undefined : decidePause({ count, lastMs: last.getTime() }, clock.now());
}

/** A pool that is no more: its machines go; templates that nobody else needs go with them. */
async function emptyPool({ db }: Context, poolId: string): Promise<Turn> {
  await retireTemplates(db);
  await db
    .updateTable('machine')
    .set({ desired: 'absent' })
    .where('pool_id', '=', poolId)
    .where('desired', '=', 'running')
    .execute();
  return settled('deleted');
}

/** Only machines that nobody took: `taken_at` is on the row itself, so a race with the broker is decided by its lock. */
async function retire({ db }: Context, ids: string[]): Promise<void> {
  await db
    .updateTable('machine')
    .set({ desired: 'absent' })
    .where('id', 'in', ids)
    .where('taken_at', 'is', null)
    .execute();
}
