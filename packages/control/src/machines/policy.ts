import type { MachineState } from '@orangery/hypervisor';

/** A machine's row and what the host says of it. */
export type MachineView = {
  desired: 'running' | 'absent';
  phase: 'planned' | 'cloning' | 'identifying' | 'ready' | 'failed' | 'deleting';
  attempts: number;
  /** Milliseconds in this phase. */
  phaseMs: number;
  templateReady: boolean;
  /** Undefined: the host does not know it. */
  domain: MachineState | undefined;
  diskExists: boolean;
  painted: boolean;
  identified: boolean;
  nicAttached: boolean;
};

export type MachineAction =
  | { kind: 'fork' }
  | { kind: 'markPainted' }
  | { kind: 'identify' }
  | { kind: 'attachNic' }
  | { kind: 'markReady' }
  | { kind: 'destroy' }
  | { kind: 'deleteDisk' }
  | { kind: 'deleteRow' }
  | { kind: 'giveUp'; reason: string }
  | { kind: 'rest'; detail: string }
  | { kind: 'wait'; detail: string };

export const ATTEMPTS_MAX = 3;
/** A failed machine stays to be looked at for this long. */
export const FAILED_KEPT_MS = 600_000;

/** The next single act that brings the host nearer to the row; called again after each. */
export function decideMachine(view: MachineView): MachineAction {
  if (view.desired === 'absent' || view.phase === 'failed') {
    if (view.domain !== undefined) return { kind: 'destroy' };
    if (view.diskExists) return { kind: 'deleteDisk' };
    if (view.phase === 'failed' && view.phaseMs < FAILED_KEPT_MS && view.desired !== 'absent') {
      return { kind: 'rest', detail: 'failed; kept to be looked at' };
    }
    return { kind: 'deleteRow' };
  }
  if (view.attempts >= ATTEMPTS_MAX) return { kind: 'giveUp', reason: `failed ${view.attempts} times` };
  const runs = view.domain === 'running';
  if (!view.painted) {
    // A fork that did not end well leaves a paused machine, or none: begin again.
    if (runs) return { kind: 'markPainted' };
    if (view.domain !== undefined) return { kind: 'destroy' };
    return view.templateReady ? { kind: 'fork' } : { kind: 'wait', detail: 'waits for its template' };
  }
  if (!runs) {
    return {
      kind: 'giveUp',
      reason: view.domain === undefined ? 'it ended by itself' : `it is ${view.domain}`,
    };
  }
  if (!view.identified) return { kind: 'identify' };
  if (!view.nicAttached) return { kind: 'attachNic' };
  if (view.phase !== 'ready') return { kind: 'markReady' };
  return { kind: 'rest', detail: 'runs' };
}
