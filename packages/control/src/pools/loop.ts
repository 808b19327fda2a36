import type { DB } from '@orangery/database';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { macAddress } from '../names.ts';
import { decidePlacement } from '../placement/policy.ts';
import { hostLoads } from '../placement/store.ts';
import { learnedNow } from './demand.ts';
import { machineName } from './machine-name.ts';
import { keepPersistent } from './persistent.ts';
import { decidePool } from './policy.ts';
import { decideReadiness, readHours } from './readiness.ts';

const FAILURE_WINDOW = sql<Date>`now() - interval '10 minutes'`;

/** Keeps each pool's ready machines: makes rows of machines and retires them; the machines loop makes them true. */
export function poolsLoop(context: Context): Loop {
  const { db, rng, step } = context;
  return {
    name: 'pools',
    periodMs: 5_000,
    parallel: 4,
    async keys() {
      const rows = await db.selectFrom('pool').select('id').execute();
      return rows.map((row) => row.id);
    },
    async turn(id) {
      const pool = await db.selectFrom('pool').selectAll().where('id', '=', id).executeTakeFirst();
      if (pool === undefined) return gone();
      const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
      if (desired !== 'running') return settled('the installation is stopped');
      if (pool.desired === 'absent') return emptyPool(context, pool.id);
      await ensureTemplates(context, pool);
      const templates = await currentTemplates(context, pool);
      const ready = templates.filter((template) => template.phase === 'ready');
      if (ready.length === 0) {
        const failure = templates.find((template) => template.reason !== null)?.reason;
        return waiting(failure ?? 'waits for its template');
      }
      if (pool.kind === 'persistent') return keepPersistent(context, pool, ready);
      const view = await look(context, pool, new Set(ready.map((template) => template.id)));
      const decision = decidePool(view);
      if (decision.retire.length > 0) await retire(context, decision.retire);
      for (let made = 0; made < decision.create; made += 1) {
        const place = decidePlacement(await hostLoads(context, ready));
        if (place.kind === 'none') return waiting(place.reason);
        const machineId = rng.uuid();
        await step('pool.createMachine', () =>
          db
            .insertInto('machine')
            .values({
              id: machineId,
              tenant_id: pool.tenant_id,
              pool_id: pool.id,
              host_id: place.hostId,
              template_id: place.templateId,
              image_version_id:
                ready.find(({ id: template }) => template === place.templateId)?.image_version_id ?? null,
              name: machineName(pool.machine_name, { pool: pool.name, machineId }),
              mac_address: macAddress(rng.bytes(3)),
            })
            .execute(),
        );
      }
      return decision.create + decision.retire.length > 0
        ? progress(decision.reason)
        : settled(decision.reason);
    },
  };
}

type Pool = Selectable<DB['pool']>;

/** The version that a pool's machines are made from: the one it is kept on, else its image's current one. */
const wantedVersion = sql<string>`coalesce(pool.image_version_id, (
  select v.id from image_version v where v.image_id = pool.image_id and v.current))`;

/** A template of the pool's version on each ready host; what no pool wants goes once no machine stands on it. */
async function ensureTemplates({ db }: Context, pool: Pool): Promise<void> {
  await db
    .insertInto('template')
    .columns(['image_version_id', 'host_id', 'host_class', 'cpus', 'memory_mib'])
    .expression((eb) =>
      eb
        .selectFrom('pool')
        .innerJoin('image_version', (join) => join.on('image_version.id', '=', wantedVersion))
        .innerJoin('host', (join) => join.on('host.phase', '=', 'ready'))
        .select([
          'image_version.id',
          'host.id as host_id',
          sql<string>`host.facts->>'hostClass'`.as('host_class'),
          'pool.cpus',
          'pool.memory_mib',
        ])
        .where('pool.id', '=', pool.id)
        .where('image_version.phase', '=', 'ready'),
    )
    .onConflict((conflict) =>
      // Wanted again before it was gone.
      conflict
        .columns(['image_version_id', 'host_id', 'host_class', 'cpus', 'memory_mib'])
        .doUpdateSet({ desired: 'ready' })
        .where('template.desired', '=', 'absent'),
    )
    .execute();
  await retireTemplates(db);
}

function retireTemplates(db: Kysely<DB>): Promise<unknown> {
  return db
    .updateTable('template')
    .set({ desired: 'absent' })
    .where('desired', '=', 'ready')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('pool')
            .select('pool.id')
            .where('pool.desired', '=', 'present')
            .whereRef('pool.cpus', '=', 'template.cpus')
            .whereRef('pool.memory_mib', '=', 'template.memory_mib')
            .where('template.image_version_id', '=', wantedVersion),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('machine').select('machine.id').whereRef('machine.template_id', '=', 'template.id'),
        ),
      ),
    )
    .execute();
}

function currentTemplates(
  { db }: Context,
  pool: Pool,
): Promise<
  { id: string; host_id: string; image_version_id: string; phase: string; reason: string | null }[]
> {
  return db
    .selectFrom('template')
    .innerJoin('pool', (join) => join.on('pool.id', '=', pool.id))
    .select([
      'template.id',
      'template.host_id',
      'template.image_version_id',
      'template.phase',
      'template.reason',
    ])
    .where('template.image_version_id', '=', wantedVersion)
    .where('template.desired', '=', 'ready')
    .where('template.cpus', '=', pool.cpus)
    .where('template.memory_mib', '=', pool.memory_mib)
    .execute();
}

async function look(
  { db, clock }: Context,
  pool: Pool,
  current: ReadonlySet<string>,
): Promise<Parameters<typeof decidePool>[0]> {
  const machines = await db
    .selectFrom('machine')
    .select(['id', 'phase', 'template_id', 'taken_at'])
    .where('pool_id', '=', pool.id)
    .where('desired', '=', 'running')
    .where('phase', '!=', 'failed')
    .orderBy('created_at')
    .execute();
  const { failures } = await db
    .selectFrom('machine')
    .select((eb) => eb.fn.countAll<number>().as('failures'))
    .where('pool_id', '=', pool.id)
    .where('phase', '=', 'failed')
    .where('phase_since', '>', FAILURE_WINDOW)
    .executeTakeFirstOrThrow();
  const { waiting: waitingSessions } = await db
    .selectFrom('session')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .where('pool_id', '=', pool.id)
    .where('ended_at', 'is', null)
    .where('machine_id', 'is', null)
    .executeTakeFirstOrThrow();
  const hours = await readHours(db, pool.id);
  const now = clock.now();
  const learned = pool.learns ? await learnedNow(db, pool, now) : undefined;
  const readiness = decideReadiness(pool.ready_count, hours, now, learned);
  const free = machines.filter((machine) => machine.taken_at === null);
  return {
    readyCount: pool.closed_reason === null ? readiness.readyCount : 0,
    readyReason: pool.closed_reason === null ? readiness.reason : 'it is closed',
    machinesMax: pool.machines_max,
    free: free
      .filter((machine) => current.has(machine.template_id ?? ''))
      .map((machine) => ({ id: machine.id, ready: machine.phase === 'ready' })),
    outdated: free.filter((machine) => !current.has(machine.template_id ?? '')),
    inUse: machines.length - free.length,
    waiting: waitingSessions,
    recentFailures: failures,
  };
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
