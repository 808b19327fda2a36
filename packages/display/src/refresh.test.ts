import { ManualClock } from '@orangery/std';
import { describe, expect, it } from 'vitest';
import { Refresh } from './refresh.ts';

describe('a console’s refresh timer', () => {
  it('is kept shortest around what somebody does, and short while they look', async () => {
    const clock = new ManualClock();
    let pulses = 0;
    const refresh = new Refresh(clock, () => (pulses += 1));
    refresh.input();
    await clock.advance(500);
    // Before the console said that it understands it, nothing is said.
    expect(pulses).toBe(0);
    refresh.start();
    await clock.advance(10_000);
    expect(pulses).toBeGreaterThan(450);
    pulses = 0;
    await clock.advance(1_000);
    expect(pulses).toBe(10);
    pulses = 0;
    refresh.input();
    // At once: the key's own message was not the first thing that it had to hear.
    expect(pulses).toBe(1);
    await clock.advance(1_000);
    expect(pulses).toBeGreaterThan(45);
    await clock.advance(9_000);
    pulses = 0;
    refresh.changed();
    await clock.advance(1_000);
    // A third of a second of it, then as before.
    expect(pulses).toBeGreaterThan(20);
    expect(pulses).toBeLessThan(27);
    refresh.stop();
    pulses = 0;
    await clock.advance(1_000);
    expect(pulses).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
