import type { MachinePhase } from '@orangery/contract';
import type { MachineState } from '@orangery/hypervisor';

/** A machine's row and what the host says of it. */
export type MachineView = {
  /** pooled: forked from a template for one session. persistent: booted from a disk that is a person's own. */
  kind: 'pooled' | 'persistent';
  desired: 'running' | 'absent';
  /** Only what outlives its sessions is ever off. */
  power: 'on' | 'off';
  /** Somebody wants it restarted, or thrown away without a word to its guest. */
  restart: 'gently' | 'hard' | undefined;
  phase: MachinePhase;
  attempts: number;
  /** Milliseconds in this phase. */
  phaseMs: number;
  templateReady: boolean;
  /** Undefined: the host does not know it. */
  domain: MachineState | undefined;
  diskExists: boolean;
  /** Its disk has been used: what is on it is a person's. */
  used: boolean;
  /** Asked only of what boots. */
  agentAnswers: boolean;
  painted: boolean;
  identified: boolean;
  nicAttached: boolean;
  /** It serves a session, and everything that the person brings along is there, or decided against. */
  wanted: boolean;
  /** The profile disk that is claimed for it. */
  profile: 'none' | 'unplugged' | 'plugged';
  /** Its account has yet to be given its person's name. */
  nameless: boolean;
  /** The session is the person's own: home, name, language. */
  adopted: boolean;
  /** Its session is to show something else than it does, or something is to be started in it. */
  rearrange: boolean;
  /** It shows programs alone: their end is the session's. */
  alone: boolean;
};

export type MachineAction =
  | { kind: 'fork' }
  | { kind: 'createDisk' }
  | { kind: 'boot' }
  | { kind: 'markPainted' }
  | { kind: 'identify' }
  | { kind: 'ownAccount' }
  | { kind: 'plugProfile' }
  | { kind: 'adopt' }
  | { kind: 'arrange' }
  | { kind: 'watch' }
  | { kind: 'leave' }
  | { kind: 'releaseProfile' }
  | { kind: 'attachNic' }
  | { kind: 'markReady' }
  | { kind: 'shutdown' }
  | { kind: 'markOff' }
  | { kind: 'markRestarted' }
  | { kind: 'destroy' }
  | { kind: 'deleteDisk' }
  | { kind: 'deleteRow' }
  | { kind: 'giveUp'; reason: string }
  | { kind: 'rest'; detail: string }
  | { kind: 'wait'; detail: string };

export const ATTEMPTS_MAX = 3;
/** A machine of one's own cannot be made anew: it is tried for some ten minutes before somebody has to decide. */
export const OWN_ATTEMPTS_MAX = 10;
/** A failed machine stays to be looked at for this long. */
export const FAILED_KEPT_MS = 600_000;
/** A guest that is asked to shut down has this long before it is switched off. */
export const SHUTDOWN_MS_MAX = 120_000;
/** One that somebody finds hung has less: they wait before its picture. */
export const RESTART_MS_MAX = 30_000;

/** The next single act that brings the host nearer to the row; called again after each. */
export function decideMachine(view: MachineView, bootMsMax: number): MachineAction {
  if (view.desired === 'absent') return takeAway(view);
  if (view.kind === 'persistent') return decidePersistent(view, bootMsMax);
  if (view.phase === 'failed') {
    if (
      view.domain === undefined &&
      view.profile === 'none' &&
      !view.diskExists &&
      view.phaseMs < FAILED_KEPT_MS
    )
      return { kind: 'rest', detail: 'failed; kept to be looked at' };
    return takeAway(view);
  }
  if (view.attempts >= ATTEMPTS_MAX) return { kind: 'giveUp', reason: `failed ${view.attempts} times` };
  if (!view.painted) {
    // A fork that did not end well leaves a paused machine, or none: begin again.
    if (view.domain === 'running') return { kind: 'markPainted' };
    if (view.domain !== undefined) return { kind: 'destroy' };
    return view.templateReady ? { kind: 'fork' } : { kind: 'wait', detail: 'waits for its template' };
  }
  if (view.domain !== 'running') {
    return {
      kind: 'giveUp',
      reason: view.domain === undefined ? 'it ended by itself' : `it is ${view.domain}`,
    };
  }
  return settleIn(view);
}

/** From the top down: what is below goes when nothing stands on it any more. */
function takeAway(view: MachineView): MachineAction {
  const closes = view.adopted && view.profile !== 'none' && view.domain === 'running';
  if (closes && view.desired === 'absent' && view.restart !== 'hard') return { kind: 'leave' };
  if (view.domain !== undefined) return { kind: 'destroy' };
  // Only now can nobody write to it any more.
  if (view.profile !== 'none') return { kind: 'releaseProfile' };
  if (view.diskExists) return { kind: 'deleteDisk' };
  return { kind: 'deleteRow' };
}

/** What every machine gets once its picture is there. */
function settleIn(view: MachineView): MachineAction {
  if (!view.identified) return { kind: 'identify' };
  // Early: the session that is only just starting begins anew under it.
  if (view.nameless) return { kind: 'ownAccount' };
  // Before the network card: who waits sees their own files, the network comes while they look.
  if (view.profile === 'unplugged') return { kind: 'plugProfile' };
  if (view.wanted && !view.adopted) return { kind: 'adopt' };
  if (view.wanted && view.rearrange) return { kind: 'arrange' };
  if (!view.nicAttached) return { kind: 'attachNic' };
  if (view.phase !== 'ready') return { kind: 'markReady' };
  if (view.wanted && view.alone) return { kind: 'watch' };
  return { kind: 'rest', detail: 'runs' };
}

/** Off, whatever it takes; it then boots as any that is off and wanted. */
function restart(view: MachineView, how: 'gently' | 'hard'): MachineAction {
  if (view.domain === undefined) return { kind: 'markRestarted' };
  if (how === 'hard') return { kind: 'destroy' };
  if (view.phase !== 'stopping') return { kind: 'shutdown' };
  return view.phaseMs > RESTART_MS_MAX ? { kind: 'destroy' } : { kind: 'wait', detail: 'shuts down' };
}

/** A machine that is a person's own: its disk is never thrown away by a loop. */
function decidePersistent(view: MachineView, bootMsMax: number): MachineAction {
  if (view.phase === 'failed')
    return { kind: 'rest', detail: 'failed; its disk is kept, and it is tried again when its person comes' };
  if (view.restart !== undefined) return restart(view, view.restart);
  if (view.power === 'off') {
    if (view.domain === undefined) {
      return view.phase === 'off' ? { kind: 'rest', detail: 'off' } : { kind: 'markOff' };
    }
    if (view.phase !== 'stopping') return { kind: 'shutdown' };
    return view.phaseMs > SHUTDOWN_MS_MAX ? { kind: 'destroy' } : { kind: 'wait', detail: 'shuts down' };
  }
  if (view.attempts >= OWN_ATTEMPTS_MAX) return { kind: 'giveUp', reason: `failed ${view.attempts} times` };
  if (view.domain === undefined) {
    if (view.diskExists) return { kind: 'boot' };
    return view.used ? { kind: 'giveUp', reason: 'its disk is not there' } : { kind: 'createDisk' };
  }
  if (view.domain !== 'running') return { kind: 'wait', detail: `it is ${view.domain}` };
  if (!view.painted) {
    if (view.agentAnswers) return { kind: 'markPainted' };
    return view.phase === 'booting' && view.phaseMs > bootMsMax
      ? {
          kind: 'giveUp',
          reason: `its guest did not answer within ${Math.round(bootMsMax / 1000)} s of its start`,
        }
      : { kind: 'wait', detail: 'boots' };
  }
  return settleIn(view);
}
