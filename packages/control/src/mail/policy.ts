import { RESET_LIFE_MS, VERIFY_LIFE_MS } from './templates.ts';

export type MailKind = 'reset' | 'verify' | 'changed';

/** After so long nobody waits for it any more. */
const WANTED_MS: Readonly<Record<MailKind, number>> = {
  reset: RESET_LIFE_MS,
  verify: VERIFY_LIFE_MS,
  changed: 24 * 3_600_000,
};
const RETRY_FIRST_MS = 10_000;
const RETRY_MAX_MS = 300_000;

/** When a mail that could not be sent is tried again; undefined: it is given up. `attempts` made so far, this one too. */
export function retryAt(
  mail: { kind: MailKind; createdAtMs: number },
  attempts: number,
  nowMs: number,
): number | undefined {
  const at = nowMs + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (attempts - 1));
  return at - mail.createdAtMs > WANTED_MS[mail.kind] ? undefined : at;
}
