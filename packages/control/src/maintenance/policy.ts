import type { MachinePhase, SessionPhase } from '@orangery/contract';
import { mayStart, strainsOf } from '../hosts/throttle.ts';
import { MINUTE_MS } from './window.ts';

/**
 * planned: waits for its moment. waking: its machine is switched on for it. starting: it has a place on its host, and its
 * guest is yet to confirm. running: its guest works.
 */
export type OpenPhase = 'planned' | 'waking' | 'starting' | 'running';

/** One maintenance that is not over, with its machine. */
export type MaintenanceView = {
  phase: OpenPhase;
  /** Somebody wants this one now: neither its host's load nor the others of its pool hold it back. */
  asked: boolean;
  /** Somebody wants it to end. */
  stopped: boolean;
  dueMs: number;
  /** The end of its window, or of the time that is given to one that somebody asked for. */
  untilMs: number;
  /** What the work may take, in milliseconds. */
  workMs: number;
  nowMs: number;
  /** What it waited for until now. */
  reason: string | null;
  /** Since when its guest does not answer; undefined: it does. */
  silentMs: number | undefined;
  /** Machines that are off are switched on for it. */
  switchesOn: boolean;
  /** Undefined: it is no more. */
  machine: MachineState | undefined;
};

export type MachineState = {
  desired: 'running' | 'absent';
  phase: MachinePhase;
  power: 'on' | 'off';
  reason: string | null;
  /** Of the session on it. */
  session: SessionPhase | undefined;
};

export type MaintenanceAction =
  | { kind: 'wake' }
  /** In the guest it ends by itself after this long. */
  | { kind: 'start'; limitMs: number }
  | { kind: 'look' }
  | { kind: 'stop'; reason: string }
  | { kind: 'end'; outcome: 'skipped' | 'failed' | 'stopped'; reason: string }
  /** Back to waiting for its moment: its place is for another. */
  | { kind: 'yield'; reason: string; againMs: number }
  | { kind: 'wait'; reason: string; againMs: number };

/** Less than this is no time to begin anything in, unless all that it may take is less. */
const USEFUL_MS = 5 * MINUTE_MS;
/** A guest that boots, or that has much to do, answers within this. */
export const SILENT_MS_MAX = 10 * MINUTE_MS;
/** The guest ends it by itself at the window's end; this much later the server does. */
export const STOP_AFTER_MS = 30_000;
/** Whoever does not end then, nor answers, is given up. */
const LOST_AFTER_MS = 5 * MINUTE_MS;
const BOOT_LOOK_MS = 3_000;
export const BUSY_LOOK_MS = 15_000;

const wait = (reason: string, againMs: number): MaintenanceAction => ({ kind: 'wait', reason, againMs });
const end = (outcome: 'skipped' | 'failed' | 'stopped', reason: string): MaintenanceAction => ({
  kind: 'end',
  outcome,
  reason,
});

/** The next act for a maintenance that is not over. */
export function decideMaintenance(view: MaintenanceView): MaintenanceAction {
  const { phase, machine, nowMs, untilMs } = view;
  const begun = phase === 'starting' || phase === 'running';
  const gone = begun ? 'failed' : 'skipped';
  if (machine === undefined || machine.desired === 'absent') return end(gone, 'its machine was taken away');
  if (machine.phase === 'failed')
    return end(gone, `its machine has failed: ${machine.reason ?? 'nobody knows why'}`);
  if (begun) return goOn(view, machine);
  if (view.stopped) return end('stopped', 'somebody stopped it before it began');
  if (nowMs > untilMs - Math.min(USEFUL_MS, view.workMs)) {
    return end('skipped', `not begun before the end of its time: ${view.reason ?? 'no server was there'}`);
  }
  if (view.dueMs > nowMs) return wait('waits for its moment', view.dueMs - nowMs);
  if (machine.session === 'connected' || machine.session === 'waiting')
    return {
      kind: phase === 'waking' ? 'yield' : 'wait',
      reason: 'somebody works on its machine',
      againMs: BUSY_LOOK_MS,
    };
  if (machine.power === 'off') {
    if (!view.switchesOn && !view.asked)
      return end('skipped', 'its machine is off, and this pool does not switch machines on for it');
    return { kind: 'wake' };
  }
  if (machine.phase !== 'ready') return wait(`its machine is ${machine.phase}`, BOOT_LOOK_MS);
  return silentReason(view) ?? { kind: 'start', limitMs: limitOf(view) };
}

function goOn(view: MaintenanceView, machine: MachineState): MaintenanceAction {
  const overMs = view.nowMs - view.untilMs;
  if (overMs > LOST_AFTER_MS)
    return end('failed', 'its guest did not answer at the end of its time; what runs in it ends by itself');
  // Whatever became of it, its guest tells once it is there again.
  if (machine.phase !== 'ready') {
    return overMs > 0
      ? end('failed', `its machine is ${machine.phase} at the end of its time`)
      : wait(`its machine is ${machine.phase}`, BOOT_LOOK_MS);
  }
  const silent = silentReason(view);
  if (silent !== undefined) return silent;
  if (view.stopped) return { kind: 'stop', reason: 'somebody stopped it' };
  if (overMs > STOP_AFTER_MS) return { kind: 'stop', reason: 'its time was over' };
  if (view.phase === 'running') return { kind: 'look' };
  return { kind: 'start', limitMs: limitOf(view) };
}

function silentReason({ silentMs }: MaintenanceView): MaintenanceAction | undefined {
  if (silentMs === undefined || silentMs < SILENT_MS_MAX) return undefined;
  return end('failed', `its guest did not answer for ${Math.round(silentMs / MINUTE_MS)} minutes`);
}

const limitOf = ({ workMs, untilMs, nowMs }: MaintenanceView): number =>
  Math.max(1_000, Math.min(workMs, untilMs - nowMs));

/** Why none may begin on a host now; undefined: one may. */
export function whyNotNow(host: {
  name: string;
  /** As the hosts' load loop has measured it; undefined: it was not. */
  load: { cpuBusy: number; diskMs: number | null } | undefined;
  startsMax: number;
  /** Machines that start on it, and maintenances of all pools on it. */
  starting: number;
  maintained: number;
  /** Of this pool. */
  maintainedHere: number;
  atATime: number;
}): string | undefined {
  const { name, load, startsMax, starting, maintained, maintainedHere, atATime } = host;
  if (maintainedHere >= atATime) {
    const others = maintainedHere === 1 ? '1 other is' : `${maintainedHere} others are`;
    return `${others} maintained on ${name} now, ${atATime} may be at a time`;
  }
  const strains = load === undefined ? [] : strainsOf(load);
  if (strains.length > 0) return `gives way to who works on ${name}: ${strains.join(', ')}`;
  // As machines that only stand by: half of the room is for who waits for a desktop. Whom it slows down are the strains.
  const work = { startsMax, cpus: startsMax, starting: starting + maintained, adopting: 0 };
  if (!mayStart({ ...work, becoming: 0, justTaken: 0, awaited: false }))
    return `${name} has no room for it: ${starting} start and ${maintained} are maintained on it now`;
  return undefined;
}
