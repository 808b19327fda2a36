import { describe, expect, it } from 'vitest';
import { decideQueue } from './queue.ts';

const view = { position: 1, making: [], room: 5, makeMs: 4_000 };

describe('the place in the queue', () => {
  it('tells how long a machine takes to make', () => {
    expect(decideQueue(view)).toMatchObject({ position: 1, expectedMs: 4_000 });
    expect(decideQueue({ ...view, position: 3 })).toMatchObject({ expectedMs: 12_000 });
  });

  it('counts on those that are being made, the oldest first', () => {
    const making = [1_000, 3_000];
    expect(decideQueue({ ...view, making }).expectedMs).toBe(1_000);
    expect(decideQueue({ ...view, making, position: 2 }).expectedMs).toBe(3_000);
    expect(decideQueue({ ...view, making, position: 3 }).expectedMs).toBe(4_000);
  });

  it('never promises the past', () => {
    expect(decideQueue({ ...view, making: [60_000] }).expectedMs).toBe(500);
  });

  it('says that nobody can tell when it hangs on others', () => {
    const full = decideQueue({ ...view, position: 2, making: [1_000], room: 0 });
    expect(full.expectedMs).toBeNull();
    expect(full.reason).toContain('number 2');
    expect(decideQueue({ ...view, makeMs: null }).expectedMs).toBeNull();
  });

  it('says where the files are that somebody waits for', () => {
    const lost = decideQueue({ ...view, making: [1_000], lostHome: 'north' });
    expect(lost).toMatchObject({ position: 1, expectedMs: null });
    expect(lost.reason).toContain('on north, which does not answer');
  });
});
