import type { DedupeDriver, HostCounters, HostDriver } from '@orangery/hypervisor';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { loadBetween } from '../hosts/throttle.ts';
import { failed, gone, type Loop, progress, settled, type Turn } from '../loops/loop.ts';
import { storagePoolName, volumeOwner } from '../names.ts';
import { reasonOf } from '../reason.ts';
import { decideDedupe, mayGoOn } from './policy.ts';

const REMOTE =
  'Equal content is found by reading files, and of a host over SSH only libvirt is there. Run the program duperemove on that host itself, or keep its disks on storage that does this by itself.';
/** A row for each percent would be nothing but work. */
const PROGRESS_STEP = 0.02;
const LOOK_AGAIN_MS = 60_000;

type Settings = { enabled: boolean; latency_limit_ms: number };

/** Lets equal content of a host's volumes lie once, at its hours or when somebody asks, behind everybody else. */
export function storageLoop(context: Context): Loop {
  const { db, drivers, clock } = context;
  return {
    name: 'storage',
    periodMs: LOOK_AGAIN_MS,
    parallel: 2,
    async keys() {
      const rows = await db.selectFrom('host').select('id').where('phase', '=', 'ready').execute();
      return rows.map((row) => row.id);
    },
    async turn(hostId, signal) {
      const host = await db.selectFrom('host').select('phase').where('id', '=', hostId).executeTakeFirst();
      if (host === undefined) return gone();
      if (host.phase !== 'ready') return settled('the host is not there');
      await db
        .insertInto('storage_dedupe')
        .values({ host_id: hostId })
        .onConflict((row) => row.doNothing())
        .execute();
      // Whoever has this turn is the only one: a run that has not ended has lost its server.
      await db
        .updateTable('storage_dedupe_run')
        .set({ ended_at: sql`now()`, outcome: 'cut', reason: 'The server ended', progress: null })
        .where('host_id', '=', hostId)
        .where('ended_at', 'is', null)
        .execute();
      const driver = await drivers.of(hostId);
      const { dedupe } = driver;
      const pool = storagePoolName(context.installation.id);
      const obstacle = dedupe === undefined ? REMOTE : ((await dedupe.obstacle(pool)) ?? null);
      await db
        .updateTable('storage_dedupe')
        .set({ obstacle, looked_at: new Date(clock.now()) })
        .where('host_id', '=', hostId)
        .execute();
      const settings = await db
        .selectFrom('storage_dedupe')
        .selectAll()
        .where('host_id', '=', hostId)
        .executeTakeFirstOrThrow();
      if (dedupe === undefined || obstacle !== null) return settled('cannot be done on this storage');
      const last = await db
        .selectFrom('storage_dedupe_run')
        .select('started_at')
        .where('host_id', '=', hostId)
        .orderBy('started_at', 'desc')
        .executeTakeFirst();
      const decision = decideDedupe({
        enabled: settings.enabled,
        fromMinute: settings.from_minute,
        untilMinute: settings.until_minute,
        timeZone: settings.time_zone,
        wantedAtMs: settings.wanted_at?.getTime(),
        lastStartedMs: last?.started_at.getTime(),
        nowMs: clock.now(),
      });
      if (decision.kind === 'wait') return settled(decision.reason);
      return dedupeHost(context, { hostId, pool, driver, dedupe, settings }, decision.untilMs, signal);
    },
  };
}

async function dedupeHost(
  { db, clock }: Context,
  at: { hostId: string; pool: string; driver: HostDriver; dedupe: DedupeDriver; settings: Settings },
  untilMs: number | undefined,
  signal: AbortSignal,
): Promise<Turn> {
  const { hostId, pool, driver, dedupe, settings } = at;
  const { id } = await db
    .insertInto('storage_dedupe_run')
    .values({ host_id: hostId, started_at: new Date(clock.now()) })
    .returning('id')
    .executeTakeFirstOrThrow();
  const run = () => db.selectFrom('storage_dedupe_run').where('id', '=', id);
  const set = (values: object): Promise<unknown> =>
    db.updateTable('storage_dedupe_run').set(values).where('id', '=', id).execute();
  const over = new AbortController();
  const onAbort = (): void => over.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel =
    untilMs === undefined
      ? () => {}
      : clock.after(untilMs - clock.now(), () => over.abort(new Error('Its time was over')));
  const pace = paceOf(driver, settings.latency_limit_ms);
  let shown = -1;
  let step = '';
  try {
    const volumes = (await driver.storage.names(pool)).filter(isShareable);
    const result = await dedupe.run(pool, volumes, {
      signal: over.signal,
      async mayRun() {
        const { stopped_by: who } = await run().select('stopped_by').executeTakeFirstOrThrow();
        if (who !== null) over.abort(new Error(`${who} stopped it`));
        return pace.mayRun();
      },
      onProgress: (made) => {
        if (made.step === step && made.fraction - shown < PROGRESS_STEP) return;
        shown = made.fraction;
        step = made.step;
        const detail = pace.words();
        set({ progress: JSON.stringify({ ...made, detail }) }).catch(() => {});
      },
    });
    await set({
      ended_at: new Date(clock.now()),
      outcome: 'done',
      progress: null,
      used_before: result.usedBefore,
      used_after: result.usedAfter,
    });
    return progress(`gave back ${result.usedBefore - result.usedAfter} bytes`, LOOK_AGAIN_MS);
  } catch (error) {
    // The server goes down: whoever looks next closes the run.
    if (signal.aborted) throw error;
    const cut = over.signal.aborted;
    const reason = reasonOf(cut ? over.signal.reason : error);
    await set({ ended_at: new Date(clock.now()), outcome: cut ? 'cut' : 'failed', progress: null, reason });
    return cut ? settled(reason) : failed(reason, LOOK_AGAIN_MS);
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Disks alone: a save file's head is written anew for each fork, and its rest is memory of no use to others. */
function isShareable(name: string): boolean {
  return volumeOwner(name) !== undefined && name.endsWith('.qcow2');
}

function paceOf(
  driver: HostDriver,
  limitMs: number,
): { mayRun: () => Promise<boolean>; words: () => string } {
  let before: HostCounters | undefined;
  let goes = true;
  let latency: number | undefined;
  return {
    async mayRun() {
      const after = await driver.counters();
      latency = before === undefined ? undefined : (loadBetween(before, after)?.diskMs ?? undefined);
      before = after;
      goes = mayGoOn(latency, limitMs, goes);
      return goes;
    },
    words: () =>
      latency === undefined
        ? 'machines leave their disks alone'
        : `machines wait ${latency.toFixed(1)} ms for their disks`,
  };
}
