import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { HostLoad } from './policy.ts';

/** Who has not been seen for longer is not expected. */
const LATELY = sql`interval '28 days'`;

/** How much each host carries that has one of these templates; for a pool whose people bring files, whose are where. */
export async function hostLoads(
  { db }: Context,
  templates: readonly { id: string; host_id: string }[],
  pool?: { id: string; profile_gib: number | null },
): Promise<HostLoad[]> {
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
  // Where there is one host alone, everybody's files are there.
  const matters = hosts.length > 1 && pool !== undefined && pool.profile_gib !== null;
  const homes = matters ? await homesOf(db, pool.id) : undefined;
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
async function homesOf(
  db: Context['db'],
  poolId: string,
): Promise<Map<string, { people: number; free: number }>> {
  const rows = await db
    .selectFrom('host')
    .select([
      'host.id',
      sql<number>`(
        select count(*) from profile_disk d where d.host_id = host.id
          and exists (select from session s where s.principal_id = d.principal_id and s.pool_id = ${poolId}
            and s.created_at > now() - ${LATELY})
          and not exists (select from session s where s.principal_id = d.principal_id and s.pool_id = ${poolId}
            and s.ended_at is null))`.as('people'),
      sql<number>`(
        select count(*) from machine m where m.host_id = host.id and m.pool_id = ${poolId}
          and m.desired = 'running' and m.phase <> 'failed' and m.taken_at is null)`.as('free'),
    ])
    .execute();
  return new Map(rows.map(({ id, people, free }) => [id, { people, free }]));
}
