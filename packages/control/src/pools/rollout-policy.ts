export const waves = ['canary', 'quarter', 'all'] as const;
export type Wave = (typeof waves)[number];

export type RolloutView = {
  /** persistent: nobody's machine is exchanged; only those made from now on are of the new version. */
  kind: 'pooled' | 'persistent';
  phase: 'rolling' | 'stopped';
  wave: Wave;
  /** Of the new version, on any host; `failures`: tries in a row. */
  template: { ready: boolean; failures: number; reason: string | null };
  /** Of the new version, since one of it last became ready; `reason` is the last one's. */
  machines: { failures: number; reason: string | null };
  /** Free machines that the pool is to have. */
  wanted: number;
  /** Machines of the new version that are free and ready, and those that people have. */
  ready: number;
  inUse: number;
  /** Free machines of any other version. */
  oldFree: number;
};

export type RolloutDecision =
  | { kind: 'stop'; reason: string }
  | { kind: 'wait'; reason: string }
  /** `share`: how many free machines are to be of the new version now. */
  | { kind: 'roll'; wave: Wave; share: number }
  | { kind: 'done' };

/** One failure may be the host's; two in a row are the version's. */
export const FAILURES_MAX = 2;

/**
 * How a new version comes to a pool: its template first, then one machine, then a quarter of those that wait, then all.
 *
 *     template ready ─▶ canary ─▶ quarter ─▶ all ─▶ done      (stopped from any, when the new version fails twice in a row)
 */
export function decideRollout(view: RolloutView): RolloutDecision {
  const { template, machines } = view;
  if (view.phase === 'stopped') return { kind: 'wait', reason: 'it is stopped' };
  if (!template.ready) {
    return template.failures >= FAILURES_MAX
      ? {
          kind: 'stop',
          reason: `Its template failed ${template.failures} times: ${template.reason ?? 'unknown'}`,
        }
      : { kind: 'wait', reason: template.reason ?? 'waits for its template' };
  }
  if (view.kind === 'persistent') return { kind: 'done' };
  if (machines.failures >= FAILURES_MAX) {
    return {
      kind: 'stop',
      reason: `${machines.failures} of its machines failed in a row: ${machines.reason ?? 'unknown'}`,
    };
  }
  let wave = view.wave;
  while (wave !== 'all' && view.ready + view.inUse >= shareOf(wave, view.wanted)) {
    wave = wave === 'canary' ? 'quarter' : 'all';
  }
  if (wave === 'all' && view.oldFree === 0 && view.ready >= view.wanted) return { kind: 'done' };
  return { kind: 'roll', wave, share: shareOf(wave, view.wanted) };
}

/** The canary is made even where a pool keeps nothing ready: somebody has to be the first, and it is no person. */
function shareOf(wave: Wave, wanted: number): number {
  if (wave === 'canary') return 1;
  return wave === 'quarter' ? Math.ceil(wanted / 4) : wanted;
}
