import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { gone, type Loop, progress, settled, waiting } from '../loops/loop.ts';
import { macAddress } from '../names.ts';
import { decidePlacement } from '../placement/policy.ts';
import { decidePool } from './policy.ts';

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
      await ensureTemplates(context, pool);
      const templates = await currentTemplates(context, pool);
      const ready = templates.filter((template) => template.phase === 'ready');
      if (ready.length === 0) {
        const failure = templates.find((template) => template.reason !== null)?.reason;
        return waiting(failure ?? 'waits for its template');
      }
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
              name: `${pool.name}-${machineId.slice(0, 6)}`,
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

type Pool = {
  id: string;
  image_id: string;
  cpus: number;
  memory_mib: number;
  ready_count: number;
  machines_max: number;
};

/** A template of the current version on each ready host; those of older versions go once no machine stands on them. */
async function ensureTemplates({ db }: Context, pool: Pool): Promise<void> {
  await db
    .insertInto('template')
    .columns(['image_version_id', 'host_id', 'host_class', 'cpus', 'memory_mib'])
    .expression((eb) =>
      eb
        .selectFrom('image_version')
        .innerJoin('host', (join) => join.on('host.phase', '=', 'ready'))
        .select([
          'image_version.id',
          'host.id as host_id',
          sql<string>`host.facts->>'hostClass'`.as('host_class'),
          sql.val(pool.cpus).as('cpus'),
          sql.val(pool.memory_mib).as('memory_mib'),
        ])
        .where('image_version.image_id', '=', pool.image_id)
        .where('image_version.current', '=', true),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .updateTable('template')
    .set({ desired: 'absent' })
    .where('desired', '=', 'ready')
    .where('image_version_id', 'in', (eb) =>
      eb
        .selectFrom('image_version')
        .select('id')
        .where('image_id', '=', pool.image_id)
        .where('current', '=', false),
    )
    .where('id', 'not in', (eb) => eb.selectFrom('machine').select('template_id'))
    .execute();
}

function currentTemplates(
  { db }: Context,
  pool: Pool,
): Promise<{ id: string; host_id: string; phase: string; reason: string | null }[]> {
  return db
    .selectFrom('template')
    .innerJoin('image_version', 'image_version.id', 'template.image_version_id')
    .select(['template.id', 'template.host_id', 'template.phase', 'template.reason'])
    .where('image_version.image_id', '=', pool.image_id)
    .where('image_version.current', '=', true)
    .where('template.desired', '=', 'ready')
    .where('template.cpus', '=', pool.cpus)
    .where('template.memory_mib', '=', pool.memory_mib)
    .execute();
}

async function look(
  { db }: Context,
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
  const free = machines.filter((machine) => machine.taken_at === null);
  return {
    readyCount: pool.ready_count,
    machinesMax: pool.machines_max,
    free: free
      .filter((machine) => current.has(machine.template_id))
      .map((machine) => ({ id: machine.id, ready: machine.phase === 'ready' })),
    outdated: free.filter((machine) => !current.has(machine.template_id)),
    inUse: machines.length - free.length,
    waiting: waitingSessions,
    recentFailures: failures,
  };
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

async function hostLoads(
  { db }: Context,
  templates: readonly { id: string; host_id: string }[],
): Promise<Parameters<typeof decidePlacement>[0]> {
  const hosts = await db
    .selectFrom('host')
    .leftJoin('machine', (join) =>
      join.onRef('machine.host_id', '=', 'host.id').on('machine.desired', '=', 'running'),
    )
    .select((eb) => ['host.id', 'host.name', 'host.phase', eb.fn.count<number>('machine.id').as('machines')])
    .where(
      'host.id',
      'in',
      templates.map((template) => template.host_id),
    )
    .groupBy(['host.id', 'host.name', 'host.phase'])
    .execute();
  return hosts.map((host) => ({
    hostId: host.id,
    name: host.name,
    ready: host.phase === 'ready',
    machines: host.machines,
    templateId: templates.find((template) => template.host_id === host.id)?.id ?? '',
  }));
}
