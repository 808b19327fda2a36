import { FAILURES_MAX } from '../pools/rollout-policy.ts';

/** Whether a version has passed its boot test: a template of it came to rest on one host. */
export function decideTest(seen: {
  hasPool: boolean;
  templates: readonly { phase: string; attempts: number; reason: string | null }[];
}): { kind: 'passed' } | { kind: 'wait'; reason: string } | { kind: 'failed'; reason: string } {
  const { templates } = seen;
  // Nothing would be made from it either: its first pool finds out.
  if (!seen.hasPool) return { kind: 'passed' };
  if (templates.some(({ phase }) => phase === 'ready')) return { kind: 'passed' };
  const failed = templates.filter(({ attempts }) => attempts >= FAILURES_MAX);
  if (templates.length > 0 && failed.length === templates.length) {
    return { kind: 'failed', reason: `Its boot test failed: ${failed[0]?.reason ?? 'unknown'}` };
  }
  return {
    kind: 'wait',
    reason: templates.length === 0 ? 'waits for a host to be tested on' : 'is boot-tested',
  };
}
