import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { Kept } from '../kept.ts';
import type { HostLoad } from './policy.ts';

/** Who has not been seen for longer is not expected. */
const LATELY = sql`interval '28 days'`;

/** How much each host carries that has one of these templates; for a pool whose people bring files, whose are where. */
export async function hostLoads(
  context: Context,
  templates: readonly { id: string; host_id: string }[],
  pool?: { id: string; profile_gib: number | null },
): Promise<HostLoad[]> {
  const hosts = await context.db
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
  // Where there is one host alone, everybody's files are there.
  const matters = hosts.length > 1 && pool !== undefined && pool.profile_gib !== null;
  const homes = matters ? await homesOf(context, pool.id) : undefined;
  return hosts.map((host) => ({
    hostId: host.id,
    name: host.name,
    ready: host.phase === 'ready',
    machines: host.machines,
    templateId: templates.find((template) => template.host_id === host.id)?.id ?? '',
    ...(homes === undefined ? {} : { homes: homes.get(host.id) ?? { people: 0, free: 0 } }),
  }));
}

/** Of each host: people who were in the pool lately and are not now, with their files there; and machines for them. */
async function homesOf(context: Context, poolId: string): Promise<Map<string, Home>> {
  const people = await peopleOf.of(context, poolId, () => readPeople(context.db, poolId));
  const rows = await context.db
    .selectFrom('machine')
    .select((eb) => ['host_id', eb.fn.countAll<number>().as('free')])
    .where('pool_id', '=', poolId)
    .where('desired', '=', 'running')
    .where('phase', '!=', 'failed')
    .where('taken_at', 'is', null)
    .groupBy('host_id')
    .execute();
  const free = new Map(rows.map((row) => [row.host_id, row.free]));
  const hosts = new Set([...people.keys(), ...free.keys()]);
  return new Map([...hosts].map((id) => [id, { people: people.get(id) ?? 0, free: free.get(id) ?? 0 }]));
}

type Home = NonNullable<HostLoad['homes']>;

/** In a storm machines are made each moment; who of ten thousand people may come does not change as fast. */
const peopleOf = new Kept<Map<string, number>>(30_000);

async function readPeople(db: Context['db'], poolId: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('profile_disk as disk')
    .select((eb) => ['host_id', eb.fn.countAll<number>().as('people')])
    .where(
      sql<boolean>`exists (select from session s where s.principal_id = disk.principal_id and s.pool_id = ${poolId}
        and s.created_at > now() - ${LATELY})`,
    )
    .where(
      sql<boolean>`not exists (select from session s where s.principal_id = disk.principal_id and s.pool_id = ${poolId}
        and s.ended_at is null)`,
    )
    .groupBy('host_id')
    .execute();
  return new Map(rows.map((row) => [row.host_id, row.people]));
}
