import { PAGE_ROWS_MAX } from '@orangery/contract';
import type { usageSchema } from '@orangery/contract';
import type { HostDriver } from '@orangery/hypervisor';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso } from '../rows.ts';
import { listSessions } from '../sessions/store.ts';
import { monthStart } from './month.ts';

export type Usage = z.infer<typeof usageSchema>;

const GIB = 2 ** 30;
/** A guest that is slow to answer must not keep the page waiting: then the last known figure is told. */
const ASK_TIMEOUT_MS = 3_000;

/** What a person has and used: files, hours of this month, and what is open now. */
export async function usageOf(context: Context, principalId: string, timeZone: string): Promise<Usage> {
  const from = new Date(monthStart(context.clock.now(), timeZone));
  const [hours, profile, sessions] = await Promise.all([
    hoursSince(context, principalId, from),
    profileOf(context, principalId),
    listSessions(context, { principalId }, { sort: 'created', order: 'desc', limit: PAGE_ROWS_MAX }),
  ]);
  return { month: { from: iso(from), ...hours }, profile, sessions: sessions.items };
}

/** Milliseconds in sessions, and of those with somebody looking, since `from`. */
async function hoursSince(
  { db, clock }: Context,
  principalId: string,
  from: Date,
): Promise<{ sessionMs: number; connectedMs: number }> {
  const now = new Date(clock.now());
  const { rows } = await sql<{ sessionMs: number; connectedMs: number }>`
    with mine as (
      select id from session where principal_id = ${principalId} and (ended_at is null or ended_at >= ${from})
    ), told as (
      select kind, at,
        lead(at) over (partition by subject_id order by id) as next_at,
        max(at) filter (where kind = 'session.ended') over (partition by subject_id) as ended_at
      from usage_event where subject_id in (select id from mine) and kind like 'session.%'
    ), spans as (
      select kind, greatest(at, ${from}) as begins,
        coalesce(case when kind = 'session.started' then ended_at else next_at end, ${now}) as ends
      from told where kind in ('session.started', 'session.connected')
    )
    select
      coalesce(sum(greatest(0, extract(epoch from ends - begins) * 1000)) filter (where kind = 'session.started'), 0)::float8 as "sessionMs",
      coalesce(sum(greatest(0, extract(epoch from ends - begins) * 1000)) filter (where kind = 'session.connected'), 0)::float8 as "connectedMs"
    from spans`.execute(db);
  const [row] = rows;
  return { sessionMs: Math.round(row?.sessionMs ?? 0), connectedMs: Math.round(row?.connectedMs ?? 0) };
}

async function profileOf({ db, drivers }: Context, principalId: string): Promise<Usage['profile']> {
  const disk = await db
    .selectFrom('profile_disk')
    .leftJoin('machine', 'machine.id', 'profile_disk.machine_id')
    .select([
      'profile_disk.id',
      'profile_disk.size_gib',
      'profile_disk.used_bytes',
      'profile_disk.reason',
      'profile_disk.host_id',
      'machine.id as machineId',
      'machine.adopted_at',
    ])
    .where('profile_disk.principal_id', '=', principalId)
    .executeTakeFirst();
  if (disk === undefined) return null;
  const { machineId } = disk;
  const live =
    machineId === null || disk.adopted_at === null
      ? undefined
      : await drivers
          .of(disk.host_id)
          .then((driver) => askGuest(driver, machineId))
          .catch(() => undefined);
  if (live !== undefined)
    await db.updateTable('profile_disk').set({ used_bytes: live }).where('id', '=', disk.id).execute();
  return {
    sizeBytes: disk.size_gib * GIB,
    usedBytes: live ?? disk.used_bytes,
    live: live !== undefined,
    reason: disk.reason,
  };
}

/** Bytes that are used on the disk that is the home of the machine's session. */
async function askGuest(driver: HostDriver, machineId: string): Promise<number | undefined> {
  const { exitCode, stdout } = await driver.machines.exec(machineId, {
    path: '/bin/df',
    args: ['-B1', '--output=used', '/home/desktop'],
    timeoutMs: ASK_TIMEOUT_MS,
  });
  const used = Number(stdout.trim().split('\n').at(-1));
  return exitCode === 0 && Number.isSafeInteger(used) && used >= 0 ? used : undefined;
}
