import type { Context } from '../context.ts';
import type { decidePlacement } from './policy.ts';

/** How much each host carries that has one of these templates. */
export async function hostLoads(
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
