import type { DB } from '@orangery/database';
import type { Kysely, Selectable } from 'kysely';
import type { Context } from '../context.ts';
import { type FreeMachine, makeMachines } from './machines.ts';
import type { Template } from './templates.ts';

/**
 * Which free machines stand where files of people who wait are, and on which hosts one more is to be made for them: their
 * own name for each. On a host that cannot make any they wait; a machine elsewhere is of no use to them.
 */
export function reserveHomes(
  free: readonly Pick<FreeMachine, 'id' | 'host_id'>[],
  bound: ReadonlyMap<string, number>,
  hosts: ReadonlySet<string>,
): { reserved: Set<string>; short: string[] } {
  const reserved = new Set<string>();
  const short: string[] = [];
  for (const [hostId, people] of bound) {
    const theirs = free.filter((machine) => machine.host_id === hostId).slice(0, people);
    for (const { id } of theirs) reserved.add(id);
    if (!hosts.has(hostId)) continue;
    for (let missing = people - theirs.length; missing > 0; missing -= 1) short.push(hostId);
  }
  return { reserved, short };
}

/** Who waits for a machine of the pool: how many that may have any, and how many whose files are on a host. */
export async function waitingPeople(
  db: Kysely<DB>,
  poolId: string,
): Promise<{ waiting: number; bound: Map<string, number> }> {
  const rows = await db
    .selectFrom('session')
    .leftJoin('profile_disk', (join) =>
      join
        .onRef('profile_disk.principal_id', '=', 'session.principal_id')
        .on('session.profile', '!=', 'none'),
    )
    .select((eb) => ['profile_disk.host_id as home', eb.fn.countAll<number>().as('people')])
    .where('session.pool_id', '=', poolId)
    .where('session.ended_at', 'is', null)
    .where('session.machine_id', 'is', null)
    .groupBy('profile_disk.host_id')
    .orderBy('profile_disk.host_id')
    .execute();
  return {
    waiting: rows.find(({ home }) => home === null)?.people ?? 0,
    bound: new Map(rows.flatMap(({ home, people }) => (home === null ? [] : [[home, people] as const]))),
  };
}

/** One machine for each of these hosts; why not, where one cannot be made. */
export async function makeAtHomes(
  context: Context,
  pool: Selectable<DB['pool']>,
  homes: readonly string[],
  templates: readonly Template[],
): Promise<string | undefined> {
  const reasons: (string | undefined)[] = [];
  for (const hostId of new Set(homes)) {
    // What the pool serves comes first.
    const there = templates.filter((template) => template.host_id === hostId).slice(0, 1);
    reasons.push(await makeMachines(context, pool, homes.filter((home) => home === hostId).length, there));
  }
  return reasons.find((reason) => reason !== undefined);
}
