import { type hostMeasuresSchema, hostSchema, type machineMeasuresSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { loadBetween } from '../hosts/throttle.ts';
import { COARSE, FINE, flowsOf, type Look, type MachineSample, machinesBetween } from './policy.ts';

export type MachineMeasures = z.infer<typeof machineMeasuresSchema>;
export type HostMeasures = z.infer<typeof hostMeasuresSchema>;
export type Span = 'hour' | 'week';

/** A little less than its distance: looks come a moment late, and another server may have written one. */
const NEARLY = 0.8;

/** Machines of a host, each with the latency of who looks at it. */
async function latenciesOn({ db }: Context, hostId: string): Promise<Map<string, number | null>> {
  const rows = await db
    .selectFrom('machine')
    .leftJoin('session', (join) =>
      join
        .onRef('session.machine_id', '=', 'machine.id')
        .on('session.ended_at', 'is', null)
        .on('session.phase', '=', 'connected'),
    )
    .select(['machine.id', 'session.latency_ms'])
    .where('machine.host_id', '=', hostId)
    .execute();
  return new Map(rows.map(({ id, latency_ms }) => [id, latency_ms]));
}

/** Keeps what a host and its machines did between two looks, unless there is one so new; forgets what is too old. */
export async function keepSample(
  context: Context,
  host: { id: string; facts: unknown },
  span: Span,
  [before, after]: readonly [Look, Look],
): Promise<void> {
  const { db, clock } = context;
  const { everyMs, keptMs } = span === 'week' ? COARSE : FINE;
  const coarse = span === 'week';
  const load = loadBetween(before.counters, after.counters);
  // It was started again in between.
  if (load === undefined) return;
  const machines = machinesBetween(before, after, await latenciesOn(context, host.id));
  const now = clock.now();
  const sample = [load.cpuBusy, memoryUsed(host.facts), load.diskMs, ...flowsOf(machines)];
  await sql`
    with old as (
      delete from host_sample where host_id = ${host.id} and coarse = ${coarse} and at < ${new Date(now - keptMs)})
    insert into host_sample (host_id, coarse, at, host, machines)
    select ${host.id}, ${coarse}, ${new Date(now)}, ${JSON.stringify(sample)}::jsonb, ${JSON.stringify(machines)}::jsonb
    where not exists (select from host_sample where host_id = ${host.id} and coarse = ${coarse}
      and at > ${new Date(now - everyMs * NEARLY)})
    on conflict do nothing`.execute(db);
}

function memoryUsed(facts: unknown): number {
  const parsed = hostSchema.shape.facts.safeParse(facts);
  return parsed.success && parsed.data !== null ? parsed.data.memoryBytes - parsed.data.freeMemoryBytes : 0;
}

/** What a machine did on the host that it is on; undefined: there is no such machine. */
export async function machineMeasures(
  { db }: Context,
  id: string,
  span: Span,
): Promise<MachineMeasures | undefined> {
  const machine = await db.selectFrom('machine').select('host_id').where('id', '=', id).executeTakeFirst();
  if (machine === undefined) return undefined;
  const rows = await db
    .selectFrom('host_sample')
    .select(['at', sql<MachineSample>`machines -> ${id}::text`.as('sample')])
    .where('host_id', '=', machine.host_id)
    .where('coarse', '=', span === 'week')
    .where(sql<boolean>`machines ? ${id}::text`)
    .orderBy('at')
    .execute();
  const column = <K extends number>(index: K): MachineSample[K][] => rows.map(({ sample }) => sample[index]);
  return {
    at: rows.map(({ at }) => at.getTime()),
    cpus: column(0),
    memoryBytes: column(1),
    read: column(2),
    written: column(3),
    received: column(4),
    sent: column(5),
    latencyMs: column(6),
  };
}

type HostSample = [number, number, number | null, number, number, number, number];

/** What a host did, with all its machines together. */
export async function hostMeasures({ db }: Context, id: string, span: Span): Promise<HostMeasures> {
  const rows = await db
    .selectFrom('host_sample')
    .select(['at', sql<HostSample>`host`.as('sample')])
    .where('host_id', '=', id)
    .where('coarse', '=', span === 'week')
    .orderBy('at')
    .execute();
  const column = <K extends number>(index: K): HostSample[K][] => rows.map(({ sample }) => sample[index]);
  return {
    at: rows.map(({ at }) => at.getTime()),
    cpuBusy: column(0),
    memoryBytes: column(1),
    diskMs: column(2),
    read: column(3),
    written: column(4),
    received: column(5),
    sent: column(6),
  };
}
