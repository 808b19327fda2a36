import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@orangery/std';
import type { Installation } from '@orangery/tests';
import { sql } from 'kysely';
import type { Tally } from './people.ts';
import { CpuMeter, withChildren } from './processes.ts';

const PERIOD_MS = 1_000;

/** One look at the storm, each second. */
export type Sample = {
  /** Real milliseconds since the storm began. */
  atMs: number;
  /** Since it began. */
  arrived: number;
  served: number;
  /** Sessions without a machine. */
  queue: number;
  /** Machines: free and ready; of people; on their way. */
  ready: number;
  inUse: number;
  making: number;
  /** Machines that wait because as many start on their host as may. */
  throttled: number;
};

export type Recording = {
  samples: Sample[];
  tookS: number;
  serverCpuS: number;
  serverMemoryBytes: number;
  databaseCpuS: number;
  databaseBytes: number;
};

/** Looks each second until it is stopped. */
export function record(servers: readonly Installation[], tally: Tally): { stop: () => Promise<Recording> } {
  const [first] = servers;
  if (first === undefined) throw new Error('there is no server to look at');
  const samples: Sample[] = [];
  const startMs = systemClock.monotonicMs();
  const serverCpu = new CpuMeter(() => Promise.resolve(servers.map((server) => server.pid)));
  const databaseCpu = new CpuMeter(async () => {
    const file = join(first.folder, 'postgres', 'data', 'postmaster.pid');
    return withChildren(Number((await readFile(file, 'utf8')).split('\n')[0]));
  });
  const ended = new AbortController();
  const running = (async () => {
    while (!ended.signal.aborted) {
      // A server that was killed is looked at again when it is back.
      await look().catch(() => {});
      await systemClock.sleep(PERIOD_MS, ended.signal).catch(() => {});
    }
  })();

  return {
    async stop() {
      ended.abort();
      await running;
      await look();
      const { rows } = await sql<{ bytes: number }>`
        select pg_database_size(current_database()) as bytes`.execute(first.db);
      return {
        samples,
        tookS: (systemClock.monotonicMs() - startMs) / 1000,
        serverCpuS: await serverCpu.look(),
        serverMemoryBytes: serverCpu.residentBytesMax,
        databaseCpuS: await databaseCpu.look(),
        databaseBytes: rows[0]?.bytes ?? 0,
      };
    },
  };

  async function look(): Promise<void> {
    const [counts] = await Promise.all([
      countAll(first as Installation),
      serverCpu.look(),
      databaseCpu.look(),
    ]);
    samples.push({
      atMs: systemClock.monotonicMs() - startMs,
      arrived: tally.arrived,
      served: tally.served.length,
      ...counts,
    });
  }
}

type Counts = Pick<Sample, 'queue' | 'ready' | 'inUse' | 'making' | 'throttled'>;

async function countAll({ db }: Installation): Promise<Counts> {
  const { rows } = await sql<Counts>`
    select
      (select count(*) from session where ended_at is null and machine_id is null) as queue,
      count(*) filter (where taken_at is null and phase = 'ready') as ready,
      count(*) filter (where taken_at is not null) as "inUse",
      count(*) filter (where phase in ('planned', 'cloning', 'identifying')) as making,
      count(*) filter (where phase = 'planned' and reason is not null) as throttled
    from machine where desired = 'running'`.execute(db);
  const [counts] = rows;
  if (counts === undefined) throw new Error('an aggregate is one row');
  return counts;
}
