import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decidePause, FAILURES_MAX } from './pause.ts';

const MINUTE = 60_000;

it('lets bad luck pass, and doubles the pause with each further failure', () => {
  expect(decidePause({ count: FAILURES_MAX - 1, lastMs: 0 }, 0)).toBeUndefined();
  expect(decidePause({ count: 3, lastMs: 0 }, 1)).toEqual({
    untilMs: MINUTE,
    reason: 'the last 3 machines failed: the next try is in a minute',
  });
  expect(decidePause({ count: 3, lastMs: 0 }, MINUTE)).toBeUndefined();
  expect(decidePause({ count: 6, lastMs: 0 }, MINUTE)?.reason).toBe(
    'the last 6 machines failed: the next try is in 7 minutes',
  );
});

it('costs a try an hour at most, and never stops trying', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (count) => {
      const pause = decidePause({ count, lastMs: 0 }, 0);
      expect(pause?.untilMs ?? 0).toBeLessThanOrEqual(60 * MINUTE);
      expect(decidePause({ count, lastMs: 0 }, 60 * MINUTE)).toBeUndefined();
    }),
  );
});
