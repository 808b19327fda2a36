/**
 * States of the things people see, what may be done in each, and why not otherwise. The same predicates decide in
 * the server and explain a disabled button in the browser.
 *
 *   session   waiting ─▶ connected ⇄ disconnected ─▶ ended        (ended from any)
 *   machine   planned ─▶ cloning ─▶ identifying ─▶ ready ─▶ deleting
 *             (failed from any; it is deleted and replaced)
 *   a person's own machine
 *             planned ─▶ booting ─▶ identifying ─▶ ready ─▶ stopping ─▶ off ─▶ booting …
 *             (failed from any; tried again when its person comes)
 *   version   planned ─▶ building ─▶ testing ─▶ ready          (the first of an image is not tested)
 *             uploading ─▶ checking ─▶ testing ─▶ ready
 *             authoring ─▶ testing ─▶ ready                    (failed from any)
 *   template  planned ─▶ copying ─▶ booting ─▶ saving ─▶ ready ─▶ deleting   (failed: again after a pause)
 */
export const sessionPhases = ['waiting', 'connected', 'disconnected', 'ended'] as const;
export type SessionPhase = (typeof sessionPhases)[number];

export const machinePhases = [
  'planned',
  'cloning',
  'booting',
  'identifying',
  'ready',
  'stopping',
  'off',
  'failed',
  'deleting',
] as const;
export type MachinePhase = (typeof machinePhases)[number];

export const templatePhases = [
  'planned',
  'copying',
  'booting',
  'saving',
  'ready',
  'failed',
  'deleting',
] as const;
export type TemplatePhase = (typeof templatePhases)[number];

export const imageVersionPhases = [
  'planned',
  'building',
  'uploading',
  'checking',
  'authoring',
  'testing',
  'ready',
  'failed',
] as const;
export type ImageVersionPhase = (typeof imageVersionPhases)[number];

export const draftPhases = [
  'planned',
  'copying',
  'starting',
  'open',
  'sealing',
  'stopping',
  'off',
  'publishing',
] as const;
export type DraftPhase = (typeof draftPhases)[number];

export const hostPhases = ['new', 'ready', 'unreachable', 'unusable', 'stopped'] as const;
export type HostPhase = (typeof hostPhases)[number];

/** What a desktop's tile shows. */
export const desktopStates = ['ready', 'starting', 'in_use', 'preparing', 'unavailable'] as const;
export type DesktopState = (typeof desktopStates)[number];

type Verdict = { allowed: true } | { allowed: false; reason: string };

function when<S extends string>(states: readonly S[], state: S, action: string): Verdict {
  if (states.includes(state)) return { allowed: true };
  const listed = states.length === 1 ? `“${states[0]}”` : states.map((name) => `“${name}”`).join(' or ');
  return {
    allowed: false,
    reason: `Only possible while ${listed}; it is “${state}”, so it cannot be ${action}.`,
  };
}

export const can = {
  openDesktop: (state: DesktopState): Verdict =>
    when<DesktopState>(['ready', 'starting', 'in_use'], state, 'opened'),
  connectSession: (phase: SessionPhase): Verdict =>
    when<SessionPhase>(['waiting', 'connected', 'disconnected'], phase, 'connected to'),
  restartSession: (session: { phase: SessionPhase; machine: object | null }): Verdict =>
    session.phase !== 'ended' && session.machine === null
      ? { allowed: false, reason: 'It has no machine yet: one is on its way.' }
      : when<SessionPhase>(['waiting', 'connected', 'disconnected'], session.phase, 'restarted'),
  disconnectSession: (phase: SessionPhase): Verdict =>
    when<SessionPhase>(['connected'], phase, 'disconnected'),
  endSession: (phase: SessionPhase): Verdict =>
    when<SessionPhase>(['waiting', 'connected', 'disconnected'], phase, 'ended'),
  makeVersionCurrent: (phase: ImageVersionPhase): Verdict =>
    when<ImageVersionPhase>(['ready'], phase, 'made current'),
  lookAtMachine: (phase: MachinePhase): Verdict =>
    when<MachinePhase>(['booting', 'identifying', 'ready', 'stopping'], phase, 'looked at'),
  changeVersion: (phase: ImageVersionPhase): Verdict =>
    when<ImageVersionPhase>(['ready'], phase, 'opened to change it'),
  retryVersion: (phase: ImageVersionPhase): Verdict =>
    when<ImageVersionPhase>(['failed'], phase, 'tried again'),
  publishDraft: (phase: DraftPhase): Verdict => when<DraftPhase>(['open'], phase, 'published'),
  /** Only of one that is kept. */
  maintainMachine: (phase: MachinePhase): Verdict =>
    when<MachinePhase>(
      ['planned', 'booting', 'identifying', 'ready', 'stopping', 'off'],
      phase,
      'maintained',
    ),
  deleteMachine: (phase: MachinePhase): Verdict =>
    when<MachinePhase>(
      ['planned', 'cloning', 'booting', 'identifying', 'ready', 'stopping', 'off', 'failed'],
      phase,
      'deleted',
    ),
};
