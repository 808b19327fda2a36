import { sql } from 'kysely';
import type { Context } from '../context.ts';

/**
 * Machines that may need an act: those whose row is not at rest, and those that their host does not show as the row says.
 * The latter are found by one list of each host, so that ten thousand machines that run cost a look at each host instead
 * of ten thousand. A host that is away is the hosts loop's business: nothing of it can be looked at now.
 */
export async function machinesToLookAt(context: Context): Promise<string[]> {
  const rows = await machineRows(context);
  const resting = new Map<string, typeof rows>();
  for (const row of rows) {
    if (!row.rests) continue;
    const ofHost = resting.get(row.host) ?? [];
    ofHost.push(row);
    resting.set(row.host, ofHost);
  }
  const unlike = await Promise.all(
    [...resting].map(async ([hostId, ofHost]) => {
      const running = await runningOn(context, hostId);
      if (running === undefined) return [];
      return ofHost.filter(
        ({ id, phase }) => running.get(id) !== (phase === 'ready' ? 'running' : undefined),
      );
    }),
  );
  const keys = new Set(unlike.flat().map(({ id }) => id));
  return rows.filter(({ id, rests }) => !rests || keys.has(id)).map(({ id }) => id);
}

/** What each machine of the host is; undefined: the host is away. */
async function runningOn({ drivers }: Context, hostId: string): Promise<Map<string, string> | undefined> {
  try {
    const machines = await (await drivers.of(hostId)).machines.list();
    return new Map(machines.map(({ id, state }) => [id, state]));
  } catch {
    return undefined;
  }
}

/**
 * All machines, oldest first. `rests`: as long as its host shows it as it should be, `decideMachine` has nothing to do;
 * the conditions are its own, in its order.
 */
async function machineRows({ db }: Context) {
  const { rows } = await sql<{ id: string; host: string; phase: string; rests: boolean }>`
    select machine.id, machine.host_id as host, machine.phase,
      machine.desired = 'running' and machine.restart is null and (
        machine.phase = 'off' and machine.power = 'off'
        or machine.phase = 'ready' and machine.power = 'on'
          and machine.painted_at is not null and machine.identified_at is not null
          and (pool.kind = 'pooled' or machine.account is not null)
          and (machine.adopted_at is not null or session.id is null and disk.id is null)
          and (session.id is null or session.mode = 'desktop' and machine.arranged = 'desktop'
            and not exists (select from session_program p
              where p.session_id = session.id and p.started_at is null and p.reason is null))
      ) as rests
    from machine join pool on pool.id = machine.pool_id
      left join session on session.machine_id = machine.id and session.ended_at is null
      left join profile_disk disk on disk.machine_id = machine.id
    order by machine.created_at`.execute(db);
  return rows;
}
