/** So many may fail one after the other before it is more than bad luck. */
export const FAILURES_MAX = 3;
const PAUSE_FIRST_MS = 60_000;
const PAUSE_MAX_MS = 3_600_000;

/**
 * Why a pool makes no machines now: its last ones failed without one that succeeded between them. Each further failure
 * doubles the pause, so that a pool which cannot succeed costs a try an hour and no more.
 */
export function decidePause(
  failures: { count: number; lastMs: number },
  nowMs: number,
): { untilMs: number; reason: string } | undefined {
  if (failures.count < FAILURES_MAX) return undefined;
  const pauseMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** Math.min(10, failures.count - FAILURES_MAX));
  const untilMs = failures.lastMs + pauseMs;
  if (nowMs >= untilMs) return undefined;
  const minutes = Math.ceil((untilMs - nowMs) / 60_000);
  return {
    untilMs,
    reason: `the last ${failures.count} machines failed: the next try is in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`,
  };
}
