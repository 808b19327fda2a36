import type { DB } from '@orangery/database';
import { codeOf } from '@orangery/std';
import { type Selectable, sql, type Updateable } from 'kysely';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { recordUsage } from '../usage.ts';
import { askGuest, type GuestAnswer, type GuestItem, outcomeOf } from './guest.ts';
import { takePlace } from './place.ts';
import { BUSY_LOOK_MS, decideMaintenance, type MachineState, type OpenPhase } from './policy.ts';
import { windowOf } from './store.ts';

/** How soon an end is seen. */
const RUNNING_LOOK_MS = 5_000;
const SILENT_LOOK_MS = 10_000;
const AWAY = 'its host is away';
const SILENT = 'its guest does not answer';

type Row = Selectable<DB['machine_maintenance']> & {
  window: unknown;
  machineState: MachineState | undefined;
};
type Outcome = NonNullable<Row['outcome']>;

/**
 * Brings each maintenance whose moment has come to its end. The work is a unit of the guest's own systemd, known by the
 * row's id: whichever server looks next finds it there.
 */
export function maintenancesLoop(context: Context): Loop {
  const { db, clock } = context;
  return {
    name: 'maintenances',
    periodMs: 15_000,
    parallel: 8,
    async keys() {
      const rows = await db
        .selectFrom('machine_maintenance')
        .select('id')
        .where('ended_at', 'is', null)
        .where((eb) => eb.or([eb('due_at', '<=', new Date(clock.now())), eb('stopped_by', 'is not', null)]))
        .orderBy('due_at')
        .execute();
      return rows.map((row) => row.id);
    },
    async turn(id, signal) {
      const row = await load(context, id);
      if (row === undefined || row.phase === 'ended') return gone('over');
      const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
      if (desired !== 'running') return settled('the installation is stopped');
      try {
        return await act(context, row, row.phase, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const code = codeOf(error);
        if (code === 'hostUnreachable') {
          if (row.reason !== AWAY) await set(context, row, { reason: AWAY });
          return failed(AWAY);
        }
        if (code !== 'agentUnavailable' && code !== 'timedOut') throw error;
        await set(context, row, {
          silent_since: row.silent_since ?? new Date(clock.now()),
          reason: SILENT,
        });
        return waiting(SILENT, SILENT_LOOK_MS);
      }
    },
  };
}

async function load({ db }: Context, id: string): Promise<Row | undefined> {
  const row = await db
    .selectFrom('machine_maintenance as maintenance')
    .innerJoin('pool', 'pool.id', 'maintenance.pool_id')
    .leftJoin('machine', 'machine.id', 'maintenance.machine_id')
    .leftJoin('session', (join) =>
      join.onRef('session.machine_id', '=', 'machine.id').on('session.ended_at', 'is', null),
    )
    .selectAll('maintenance')
    .select([
      'pool.maintenance as window',
      'machine.desired as machineDesired',
      'machine.phase as machinePhase',
      'machine.power as machinePower',
      'machine.reason as machineReason',
      'session.phase as sessionPhase',
    ])
    .where('maintenance.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { machineDesired, machinePhase, machinePower, machineReason, sessionPhase, ...rest } = row;
  const machineState =
    machineDesired === null || machinePhase === null || machinePower === null
      ? undefined
      : {
          desired: machineDesired,
          phase: machinePhase,
          power: machinePower,
          reason: machineReason,
          session: sessionPhase ?? undefined,
        };
  return { ...rest, machineState };
}

async function act(context: Context, row: Row, phase: OpenPhase, signal: AbortSignal): Promise<Turn> {
  const { clock, step } = context;
  const now = clock.now();
  const window = windowOf(row.window);
  const action = decideMaintenance({
    phase,
    asked: row.asked_by !== null,
    stopped: row.stopped_by !== null,
    dueMs: row.due_at.getTime(),
    untilMs: row.until.getTime(),
    workMs: row.limit_s * 1_000,
    nowMs: now,
    reason: row.reason,
    silentMs: row.silent_since === null ? undefined : now - row.silent_since.getTime(),
    switchesOn: window?.switchesOn ?? true,
    machine: row.machineState,
  });
  const atATime = window?.atATime ?? 1;
  switch (action.kind) {
    case 'wait':
    case 'yield': {
      const yields = action.kind === 'yield' ? ({ phase: 'planned' } as const) : {};
      // A plan that waits for its moment has nothing to tell.
      if (row.due_at.getTime() <= now && row.reason !== action.reason)
        await set(context, row, { ...yields, reason: action.reason });
      return waiting(action.reason, action.againMs);
    }
    case 'wake': {
      const wait = phase === 'planned' ? await takePlace(context, row, atATime, 'waking') : undefined;
      if (wait !== undefined) return holdsBack(context, row, wait);
      await step('maintenance.wake', () => wake(context, row));
      return progress('its machine is switched on', RUNNING_LOOK_MS);
    }
    case 'start': {
      const wait = phase === 'starting' ? undefined : await takePlace(context, row, atATime, 'starting');
      if (wait !== undefined) return holdsBack(context, row, wait);
      const { limitMs } = action;
      return step('maintenance.start', async () => {
        const answer = await ask(context, row, { verb: 'start', id: row.id, limitMs }, signal);
        if (answer.kind === 'told' && answer.state === 'busy')
          return waiting('its guest is at another maintenance', BUSY_LOOK_MS);
        if (answer.kind === 'told') {
          const started_at = row.started_at ?? new Date(clock.now());
          await set(context, row, {
            phase: 'running',
            started_at,
            silent_since: null,
            reason: null,
            items: JSON.stringify(answer.items),
          });
        }
        return heard(context, row, answer);
      });
    }
    case 'look':
      return heard(context, row, await ask(context, row, { verb: 'look', id: row.id }, signal));
    case 'stop': {
      const answer = await step('maintenance.stop', () =>
        ask(context, row, { verb: 'stop', id: row.id }, signal),
      );
      const items = answer.kind === 'told' ? answer.items : [];
      const who = row.stopped_by === null ? action.reason : `${row.stopped_by} stopped it`;
      return finish(context, row, 'stopped', who, items);
    }
    case 'end':
      return finish(context, row, action.outcome, action.reason);
  }
}

/** Of a row that is not over: whoever comes late changes nothing. */
function set(
  { db }: Context,
  row: { id: string },
  values: Updateable<DB['machine_maintenance']>,
): Promise<unknown> {
  return db
    .updateTable('machine_maintenance')
    .set(values)
    .where('id', '=', row.id)
    .where('ended_at', 'is', null)
    .execute();
}

async function holdsBack(context: Context, row: Row, reason: string): Promise<Turn> {
  if (row.reason !== reason) await set(context, row, { reason });
  return waiting(reason, BUSY_LOOK_MS);
}

async function wake({ db }: Context, row: Row): Promise<void> {
  await db
    .updateTable('machine')
    .set({ power: 'on' })
    .where('id', '=', row.machine_id)
    .where('power', '=', 'off')
    .execute();
}

async function ask(
  { drivers }: Context,
  row: Row,
  what: Parameters<typeof askGuest>[2],
  signal: AbortSignal,
): Promise<GuestAnswer> {
  if (row.host_id === null || row.machine_id === null)
    return { kind: 'fault', reason: 'its machine is no more' };
  return askGuest(await drivers.of(row.host_id), row.machine_id, what, signal);
}

/** What the guest told of the work that it was given. */
async function heard(context: Context, row: Row, answer: GuestAnswer): Promise<Turn> {
  if (answer.kind === 'cannot') return finish(context, row, 'skipped', answer.reason);
  if (answer.kind === 'fault') return finish(context, row, 'failed', answer.reason);
  const { state, items } = answer;
  if (state === 'running') {
    if (row.silent_since !== null || JSON.stringify(row.items) !== JSON.stringify(items))
      await set(context, row, { items: JSON.stringify(items), silent_since: null, reason: null });
    const now = items.find(({ outcome }) => outcome === 'running');
    return waiting(now === undefined ? 'runs' : `runs ${now.name}`, RUNNING_LOOK_MS);
  }
  if (state === 'over') {
    const { outcome, reason } = outcomeOf(items);
    return finish(context, row, outcome, reason, items);
  }
  const reason =
    state === 'lost'
      ? 'somebody else ended it in its guest'
      : 'its guest knows nothing of it any more: it was restarted in the middle';
  return finish(context, row, 'failed', reason, items.length > 0 ? items : undefined);
}

/** Ends it; a machine that was switched on for it, and that nobody came to meanwhile, is switched off again. */
async function finish(
  context: Context,
  row: Row,
  outcome: Outcome,
  reason: string | null,
  items?: GuestItem[],
): Promise<Turn> {
  const { db, clock, step } = context;
  const now = new Date(clock.now());
  await step('maintenance.finish', () =>
    db.transaction().execute(async (trx) => {
      const ended = await trx
        .updateTable('machine_maintenance')
        .set({ phase: 'ended', ended_at: now, outcome, reason, silent_since: null })
        .$if(items !== undefined, (each) => each.set({ items: JSON.stringify(items) }))
        .where('id', '=', row.id)
        .where('ended_at', 'is', null)
        .returning(['woken_at', 'started_at'])
        .executeTakeFirst();
      // Another server was faster.
      if (ended === undefined) return;
      const { woken_at: wokenAt, started_at: startedAt } = ended;
      if (wokenAt !== null && row.machine_id !== null) {
        await trx
          .updateTable('machine')
          .set({ power: 'off' })
          .where('id', '=', row.machine_id)
          .where('desired', '=', 'running')
          .where('taken_at', 'is', null)
          .where(sql<boolean>`(released_at is null or released_at < ${wokenAt})`)
          .execute();
      }
      if (startedAt === null || row.machine_id === null) return;
      const seconds = Math.max(0, Math.round((now.getTime() - startedAt.getTime()) / 1_000));
      const subject = { id: row.machine_id, tenant_id: row.tenant_id };
      await recordUsage(trx, subject, 'machine.maintained', { seconds, outcome });
    }),
  );
  return gone(reason === null ? outcome : `${outcome}: ${reason}`);
}
