import type { poolSchema, poolUpdateInput } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';

export type Pool = z.infer<typeof poolSchema>;

export async function listPools({ db }: Context, id?: string): Promise<Pool[]> {
  const pools = db
    .selectFrom('pool')
    .innerJoin('image', 'image.id', 'pool.image_id')
    .leftJoin('machine', (join) =>
      join.onRef('machine.pool_id', '=', 'pool.id').on('machine.desired', '=', 'running'),
    )
    .selectAll('pool')
    .select([
      'image.name as image',
      sql<number>`count(machine.id) filter (where machine.phase = 'ready' and machine.taken_at is null)`.as(
        'ready',
      ),
      sql<number>`count(machine.id) filter (where machine.taken_at is not null)`.as('inUse'),
      sql<number>`count(machine.id) filter (where machine.phase in ('planned','cloning','identifying') and machine.taken_at is null)`.as(
        'starting',
      ),
    ])
    .groupBy(['pool.id', 'image.name'])
    .orderBy('pool.title');
  const rows = await (id === undefined ? pools : pools.where('pool.id', '=', id)).execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    title: row.title,
    image: row.image,
    kind: row.kind,
    cpus: row.cpus,
    memoryMib: row.memory_mib,
    readyCount: row.ready_count,
    machinesMax: row.machines_max,
    machines: { ready: row.ready, inUse: row.inUse, starting: row.starting },
  }));
}

export async function updatePool({ db }: Context, input: z.infer<typeof poolUpdateInput>): Promise<void> {
  const values = {
    ...(input.readyCount === undefined ? {} : { ready_count: input.readyCount }),
    ...(input.machinesMax === undefined ? {} : { machines_max: input.machinesMax }),
  };
  if (Object.keys(values).length === 0) return;
  await db.updateTable('pool').set(values).where('id', '=', input.id).execute();
}
