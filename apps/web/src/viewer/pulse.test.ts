import { expect, test } from 'vitest';
import { TestingClock } from '../testing-clock.ts';
import { levelOf, Pulse, type Quality } from './pulse.ts';

function start(answerMs: number | undefined): {
  clock: TestingClock;
  pulse: Pulse;
  seen: Quality[];
  silent: () => boolean;
} {
  const clock = new TestingClock();
  const seen: Quality[] = [];
  let silent = false;
  const came = { bytes: 0, pictures: 0, rough: true };
  const pulse: Pulse = new Pulse({
    clock,
    ping: (at) => {
      if (answerMs === undefined) return;
      clock.after(answerMs, () => {
        pulse.heard();
        came.bytes += 25_000;
        came.pictures += 50;
        pulse.pong(at, came);
      });
    },
    measured: (quality) => seen.push(quality),
    silent: () => (silent = true),
  });
  return { clock, pulse, seen, silent: () => silent };
}

test('measures the round trip to the gateway', () => {
  const { clock, seen, pulse } = start(80);
  clock.advance(10_000);
  expect(seen.at(-1)).toEqual({
    level: 'fair',
    roundTripMs: 80,
    // 25,000 bytes and 50 pictures in two seconds.
    kilobitsPerS: 100,
    picturesPerS: 25,
    rough: true,
  });
  pulse.stop();
  clock.advance(1_000);
  expect(clock.pending).toBe(0);
});

test('a line that brings nothing for six seconds is dead', () => {
  const { clock, silent } = start(undefined);
  clock.advance(5_999);
  expect(silent()).toBe(false);
  clock.advance(1);
  expect(silent()).toBe(true);
  expect(clock.pending).toBe(0);
});

test('a slow line that still brings picture is alive', () => {
  const { clock, pulse, silent } = start(undefined);
  for (let i = 0; i < 30; i += 1) {
    clock.advance(1_000);
    pulse.heard();
  }
  expect(silent()).toBe(false);
});

test.each([
  [20, 'good'],
  [60, 'fair'],
  [149, 'fair'],
  [150, 'poor'],
])('%i ms is %s', (roundTripMs, level) => expect(levelOf(roundTripMs)).toBe(level));

test('a line that is doubted has to answer soon', () => {
  const dead = start(undefined);
  dead.clock.advance(100);
  dead.pulse.doubt();
  dead.clock.advance(1_199);
  expect(dead.silent()).toBe(false);
  dead.clock.advance(1);
  expect(dead.silent()).toBe(true);
  expect(dead.clock.pending).toBe(0);
  const slow = start(1_100);
  slow.pulse.doubt();
  slow.clock.advance(5_000);
  expect(slow.silent()).toBe(false);
  slow.pulse.stop();
});
