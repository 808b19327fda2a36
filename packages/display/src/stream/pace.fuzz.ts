import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

/** A line that carries `perMs` bytes a millisecond, takes `delayMs` there and back, and holds whatever it is given. */
class Line {
  readonly pace = new Pace();
  nowMs = 1_000;
  #freeMs = 0;
  #total = 0;
  #answers: { total: number; atMs: number }[] = [];
  queuedMsMost = 0;
  carried = 0;
  perMs: number;
  readonly delayMs: number;

  constructor(perMs: number, delayMs: number) {
    this.perMs = perMs;
    this.delayMs = delayMs;
  }

  /** For so long, something new is always there to be said; what waited longest on the line is remembered. */
  flood(ms: number): void {
    const endMs = this.nowMs + ms;
    const before = this.#total - this.pace.underWayBytes;
    this.queuedMsMost = 0;
    while (this.nowMs < endMs) {
      while (this.pace.hasRoom) this.#send(Math.min(this.pace.pieceBytes, this.pace.updateBytes));
      const next = this.#answers.shift();
      if (next === undefined) return;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.pace.acknowledged(next.total, this.nowMs);
    }
    this.carried = this.#total - this.pace.underWayBytes - before;
  }

  #send(bytes: number): void {
    this.pace.sent(bytes, this.nowMs);
    this.#total += bytes;
    this.queuedMsMost = Math.max(this.queuedMsMost, this.#freeMs - this.nowMs);
    this.#freeMs = Math.max(this.#freeMs, this.nowMs) + bytes / this.perMs;
    this.#answers.push({ total: this.#total, atMs: this.#freeMs + this.delayMs });
  }
}

describe('fuzz: how much is under way', () => {
  it('fills any line, and lets little wait on it', () => {
    fc.assert(
      fc.property(
        // 64 kbit/s to 800 Mbit/s, LAN to satellite.
        fc.double({ min: 0.9, max: 5, noNaN: true }).map((power) => 10 ** power),
        fc.integer({ min: 1, max: 600 }),
        (perMs, delayMs) => {
          const line = new Line(perMs, delayMs);
          line.flood(20 * delayMs + 10_000);
          line.flood(10_000);
          // What holds more than the most that may be under way cannot be filled.
          const most = Math.min(perMs, (4 * 1024 * 1024) / (delayMs + 1));
          expect(line.carried / 10_000).toBeGreaterThan(0.7 * most);
          // One piece of the shortest kind takes 180 ms at 64 kbit/s.
          expect(line.queuedMsMost).toBeLessThan(0.6 * delayMs + 150 + (8 * 1024) / perMs);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('follows a line that becomes slower, and one that becomes faster', () => {
    const line = new Line(1_000, 20);
    line.flood(5_000);
    line.perMs = 20;
    line.flood(20_000);
    line.flood(5_000);
    expect(line.queuedMsMost).toBeLessThan(300);
    line.perMs = 1_000;
    line.flood(20_000);
    line.flood(5_000);
    expect(line.carried / 5_000).toBeGreaterThan(700);
  });

  it('is bounded whatever is said to be seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(100_000), fc.nat(1_000_000), fc.nat(50)), { maxLength: 100 }),
        (steps) => {
          const pace = new Pace();
          let now = 0;
          for (const [bytes, seen, ms] of steps) {
            now += ms;
            if (pace.hasRoom) pace.sent(bytes, now);
            pace.acknowledged(seen, now);
            expect(pace.windowBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
            expect(pace.underWayBytes).toBeGreaterThanOrEqual(0);
            expect(pace.pieceBytes).toBeGreaterThan(0);
          }
        },
      ),
    );
  });
});
