import type { dedupeInput, storageSchema } from '@orangery/contract';
import { hostSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { isoOrNull, progressOf } from '../rows.ts';
import { decideDedupe } from './policy.ts';

export type Storage = z.infer<typeof storageSchema>;

const RUNS_MAX = 30;
const DEFAULTS = {
  enabled: false,
  from_minute: 60,
  until_minute: 300,
  time_zone: 'UTC',
  latency_limit_ms: 20,
  wanted_at: null,
  obstacle: null,
};

export async function listStorage({ db, clock }: Context, id?: string): Promise<Storage[]> {
  const hosts = await db
    .selectFrom('host')
    .select(['id', 'name', 'storage_path', 'storage'])
    .$if(id !== undefined, (some) => some.where('id', '=', id as string))
    .orderBy('name')
    .execute();
  return Promise.all(
    hosts.map(async (host) => {
      const row = await db
        .selectFrom('storage_dedupe')
        .selectAll()
        .where('host_id', '=', host.id)
        .executeTakeFirst();
      const runs = await db
        .selectFrom('storage_dedupe_run')
        .selectAll()
        .where('host_id', '=', host.id)
        .orderBy('started_at', 'desc')
        .limit(RUNS_MAX)
        .execute();
      const { saved } = await db
        .selectFrom('storage_dedupe_run')
        .select(sql<number>`coalesce(sum(greatest(used_before - used_after, 0)), 0)::float8`.as('saved'))
        .where('host_id', '=', host.id)
        .executeTakeFirstOrThrow();
      const settings = row ?? DEFAULTS;
      const storage = hostSchema.shape.storage.safeParse(host.storage);
      const pool = storage.success ? storage.data : null;
      const decision = decideDedupe({
        enabled: settings.enabled,
        fromMinute: settings.from_minute,
        untilMinute: settings.until_minute,
        timeZone: settings.time_zone,
        wantedAtMs: undefined,
        lastStartedMs: runs[0]?.started_at.getTime(),
        nowMs: clock.now(),
      });
      const nextMs = decision.kind === 'wait' ? decision.nextMs : clock.now();
      const runs_now = runs[0] !== undefined && runs[0].ended_at === null;
      return {
        id: host.id,
        host: host.name,
        path: pool?.path ?? host.storage_path,
        capacityBytes: pool?.capacityBytes ?? null,
        availableBytes: pool?.availableBytes ?? null,
        dedupe: {
          enabled: settings.enabled,
          fromMinute: settings.from_minute,
          untilMinute: settings.until_minute,
          timeZone: settings.time_zone,
          latencyLimitMs: settings.latency_limit_ms,
          obstacle: settings.obstacle,
          nextAt:
            runs_now || nextMs === undefined || settings.obstacle !== null
              ? null
              : new Date(nextMs).toISOString(),
          savedBytes: saved,
          runs: runs.map((run) => ({
            id: run.id,
            startedAt: run.started_at.toISOString(),
            endedAt: isoOrNull(run.ended_at),
            outcome: run.outcome,
            reason: run.reason,
            progress: progressOf(run.progress),
            usedBefore: run.used_before,
            usedAfter: run.used_after,
          })),
        },
      };
    }),
  );
}

/** False: there is no such host. */
export async function updateStorage(
  { db }: Context,
  { id, ...input }: z.output<typeof dedupeInput>,
): Promise<boolean> {
  const values = {
    enabled: input.enabled,
    from_minute: input.fromMinute,
    until_minute: input.untilMinute,
    time_zone: input.timeZone,
    latency_limit_ms: input.latencyLimitMs,
  };
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const host = await db.selectFrom('host').select('id').where('id', '=', id).executeTakeFirst();
  if (host === undefined) return false;
  await db
    .insertInto('storage_dedupe')
    .values({ host_id: id, ...given })
    .onConflict((row) =>
      Object.keys(given).length === 0 ? row.doNothing() : row.column('host_id').doUpdateSet(given),
    )
    .execute();
  return true;
}

export type Asked = { kind: 'asked' } | { kind: 'missing' } | { kind: 'cannot'; obstacle: string };

/** Has the loop look at once; one that runs goes on. */
export async function askForDedupe({ db, clock }: Context, id: string): Promise<Asked> {
  const host = await db
    .selectFrom('host')
    .leftJoin('storage_dedupe', 'storage_dedupe.host_id', 'host.id')
    .select(['host.id', 'storage_dedupe.obstacle'])
    .where('host.id', '=', id)
    .executeTakeFirst();
  if (host === undefined) return { kind: 'missing' };
  if (host.obstacle !== null) return { kind: 'cannot', obstacle: host.obstacle };
  const runs = await db
    .selectFrom('storage_dedupe_run')
    .select('id')
    .where('host_id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (runs !== undefined) return { kind: 'asked' };
  const wanted = { wanted_at: new Date(clock.now()) };
  await db
    .insertInto('storage_dedupe')
    .values({ host_id: id, ...wanted })
    .onConflict((row) => row.column('host_id').doUpdateSet(wanted))
    .execute();
  return { kind: 'asked' };
}
