import type { Context } from '../context.ts';

/** Machines of people's own; one that has failed is not touched before somebody has decided about it. */
export async function keptMachines(
  { db }: Pick<Context, 'db'>,
  poolId: string,
): Promise<{ id: string; hostId: string; name: string; host: string; owner: string | null }[]> {
  return db
    .selectFrom('machine')
    .innerJoin('host', 'host.id', 'machine.host_id')
    .leftJoin('principal', 'principal.id', 'machine.principal_id')
    .select([
      'machine.id',
      'machine.host_id as hostId',
      'machine.name',
      'host.name as host',
      'principal.name as owner',
    ])
    .where('machine.pool_id', '=', poolId)
    .where('machine.principal_id', 'is not', null)
    .where('machine.desired', '=', 'running')
    .where('machine.phase', '!=', 'failed')
    .orderBy('machine.id')
    .execute();
}
