import type { MachineState } from '@orangery/hypervisor';

/** A draft's row and what the host says of its machine. */
export type DraftView = {
  desired: 'open' | 'published' | 'discarded';
  phase: 'planned' | 'copying' | 'starting' | 'open' | 'sealing' | 'stopping' | 'off' | 'publishing';
  /** Milliseconds in this phase. */
  phaseMs: number;
  /** The whole installation is being stopped. */
  stopped: boolean;
  /** Its version is finished: what is left is to clean up. */
  finished: boolean;
  sealed: boolean;
  /** Undefined: the host does not know it. */
  domain: MachineState | undefined;
  diskExists: boolean;
  /** Asked only of what is to be sealed. */
  agentAnswers: boolean;
};

export type DraftAction =
  | { kind: 'prepare' }
  | { kind: 'start' }
  | { kind: 'markOpen' }
  | { kind: 'seal' }
  | { kind: 'shutdown' }
  | { kind: 'markOff' }
  | { kind: 'destroy' }
  | { kind: 'publish' }
  | { kind: 'clear' }
  /** Back to who changes it, with the reason. */
  | { kind: 'reopen'; reason: string }
  | { kind: 'rest'; detail: string }
  | { kind: 'wait'; detail: string };

/** A guest that is asked to shut down has this long before it is switched off: all is written when it was sealed. */
export const SHUTDOWN_MS_MAX = 120_000;

/**
 * The next single act for a version that somebody changes; called again after each.
 *
 *     planned ─▶ copying ─▶ starting ─▶ open ─▶ sealing ─▶ stopping ─▶ publishing ─▶ (gone; the version is tested)
 *                                        └──▶ off (with the installation) ─▶ starting
 */
export function decideDraft(view: DraftView, agentMsMax: number): DraftAction {
  const { domain } = view;
  if (view.finished || view.desired === 'discarded') {
    return domain === undefined ? { kind: 'clear' } : { kind: 'destroy' };
  }
  if (view.sealed) return domain === undefined && !view.stopped ? { kind: 'publish' } : shutDown(view);
  if (view.stopped) return shutDown(view);
  if (!view.diskExists) return { kind: 'prepare' };
  if (domain === undefined) return { kind: 'start' };
  if (domain !== 'running') return { kind: 'wait', detail: `its machine is ${domain}` };
  if (view.desired === 'open') {
    return view.phase === 'open' ? { kind: 'rest', detail: 'is open' } : { kind: 'markOpen' };
  }
  if (view.agentAnswers) return { kind: 'seal' };
  if (view.phase === 'sealing' && view.phaseMs > agentMsMax) {
    return {
      kind: 'reopen',
      reason: `It could not be published: its guest agent did not answer within ${Math.round(agentMsMax / 1000)} s. Install qemu-guest-agent and Orangery’s guest scripts in it (docs/images.md); without them no machine can be made from it.`,
    };
  }
  return { kind: 'wait', detail: 'waits for its guest agent' };
}

function shutDown({ domain, phase, phaseMs }: DraftView): DraftAction {
  if (domain === undefined) return phase === 'off' ? { kind: 'rest', detail: 'off' } : { kind: 'markOff' };
  // Asked again and again: whoever asked first may have been killed before.
  return phase === 'stopping' && phaseMs > SHUTDOWN_MS_MAX ? { kind: 'destroy' } : { kind: 'shutdown' };
}
