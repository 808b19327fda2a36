import type { lookStates } from '@orangery/contract';

type LookState = (typeof lookStates)[number];

/** So long somebody is asked; who asks looks at a page meanwhile. */
export const ASK_MS = 2 * 60_000;
/** So long they have allowed it: a conversation. */
export const ALLOW_MS = 15 * 60_000;

/** How a request is now. */
export function lookState(
  { allowed, until }: { allowed: boolean | null; until: Date },
  nowMs: number,
): LookState {
  if (allowed === false) return 'refused';
  if (until.getTime() <= nowMs) return 'over';
  return allowed === null ? 'asked' : 'allowed';
}
