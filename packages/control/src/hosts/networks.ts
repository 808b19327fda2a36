import type { DB } from '@orangery/database';
import type { HostDriver, NetworkDescription, NetworkState } from '@orangery/hypervisor';
import { codeOf } from '@orangery/std';
import { type Insertable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { networkOf, sharedNetwork } from '../pools/network.ts';
import { reasonOf } from '../reason.ts';

type Found = { kind: 'ready'; state: NetworkState } | { kind: 'failed'; reason: string };

/**
 * Makes the networks of all pools on the host, and takes those away that no pool wants and nothing is plugged into. A
 * pool's network that cannot be had is told in its row, and harms no other pool.
 */
export async function keepNetworks(context: Context, driver: HostDriver, hostId: string): Promise<void> {
  const { db, step, installation, clock } = context;
  const pools = await db.selectFrom('pool').selectAll().where('desired', '=', 'present').execute();
  const wanted = pools.map((pool) => ({ pool, network: networkOf(installation, hostId, pool) }));
  const found = new Map<string, Found>();
  let changed = false;
  for (const { pool, network } of wanted) {
    const known = found.get(network.name) ?? (await find(network, pool.id));
    found.set(network.name, known);
    changed = (await write(pool.id, network.name, known)) || changed;
  }
  await db
    .deleteFrom('host_network')
    .where('host_id', '=', hostId)
    .where(
      'pool_id',
      'not in',
      pools.length === 0 ? ['00000000-0000-0000-0000-000000000000'] : pools.map(({ id }) => id),
    )
    .execute();
  // Whose card waits for its network need not wait for its period too.
  if (changed) await sql`select pg_notify('orangery_nudge', 'machines:')`.execute(db);
  const keep = new Set([
    sharedNetwork(installation, hostId).name,
    ...wanted.map(({ network }) => network.name),
  ]);
  for (const { name, cards } of await driver.networks.list()) {
    if (keep.has(name) || cards > 0) continue;
    await step('host.deleteNetwork', () => driver.networks.delete(name));
  }

  async function find(network: NetworkDescription, poolId: string): Promise<Found> {
    const elsewhere = network.kind === 'routed' ? await routedElsewhere(poolId, network.name) : undefined;
    if (elsewhere !== undefined) {
      const reason = `${network.kind === 'routed' ? network.subnet : ''} is routed to ${elsewhere}: a range leads to one host only. Use a bridge for a pool over several hosts.`;
      return { kind: 'failed', reason };
    }
    try {
      return {
        kind: 'ready',
        state: await step('host.ensureNetwork', () => driver.networks.ensure(network)),
      };
    } catch (error) {
      if (codeOf(error) === 'hostUnreachable') throw error;
      return { kind: 'failed', reason: reasonOf(error) };
    }
  }

  async function routedElsewhere(poolId: string, name: string): Promise<string | undefined> {
    const other = await db
      .selectFrom('host_network')
      .innerJoin('host', 'host.id', 'host_network.host_id')
      .select('host.name')
      .where('pool_id', '=', poolId)
      .where('host_id', '!=', hostId)
      .where('host_network.name', '=', name)
      .where('host_network.phase', '=', 'ready')
      .executeTakeFirst();
    return other?.name;
  }

  /** True when the network was not there before. */
  async function write(poolId: string, name: string, result: Found): Promise<boolean> {
    const ready = result.kind === 'ready';
    const values: Insertable<DB['host_network']> = {
      host_id: hostId,
      pool_id: poolId,
      name,
      phase: result.kind,
      reason: ready ? null : result.reason,
      bridge: ready ? result.state.bridge : null,
      subnet: ready ? (result.state.subnet ?? null) : null,
      room: ready ? (result.state.machinesMax ?? null) : null,
      seen_at: new Date(clock.now()),
    };
    const before = await db
      .selectFrom('host_network')
      .select(['name', 'phase'])
      .where('host_id', '=', hostId)
      .where('pool_id', '=', poolId)
      .executeTakeFirst();
    await db
      .insertInto('host_network')
      .values(values)
      .onConflict((conflict) => conflict.columns(['host_id', 'pool_id']).doUpdateSet(values))
      .execute();
    return ready && (before?.phase !== 'ready' || before.name !== name);
  }
}
