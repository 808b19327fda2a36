/** What is known of a line, and how much may be under way on it. Times are milliseconds, sizes bytes. */
const PACE = {
  /** Before anything is known: ten segments, as TCP begins. */
  firstWindowBytes: 16 * 1024,
  /** A line that seems to carry nothing is still asked. */
  leastWindowBytes: 4 * 1024,
  /** A viewer that takes no more holds this much of the gateway and of the line's buffers. */
  mostWindowBytes: 4 * 1024 * 1024,
  /** What may wait on the line beyond what it holds anyway: it is what a key press waits behind. */
  queueMs: 40,
  /** More than the line was seen to carry, so that a line that became faster is noticed. */
  gain: 1.25,
  /** While each answer shows a faster line. */
  startGain: 2.5,
  /** So many answers without a quarter more, and the line is known. */
  startRounds: 3,
  /** The best rate of so long counts: a line that became slower is noticed after it. */
  rateForMs: 3_000,
  /** The shortest delay of so long counts; half of it stays known. */
  delayForMs: 60_000,
  /** One update says about as much as the line carries in this. */
  updateMs: 100,
  leastUpdateBytes: 4 * 1024,
  /** A message is acknowledged when all of it is there. */
  pieceMs: 50,
  leastPieceBytes: 1_400,
  mostPieceBytes: 64 * 1024,
} as const;

/** `end`: all that was sent up to it. `acknowledged`, `at`: what was known when it went. */
type Sent = { end: number; sentMs: number; acknowledged: number; acknowledgedMs: number; idle: boolean };

/**
 * How much may be sent: as much as the line holds (its rate by its shortest delay) and a little more, measured by what comes
 * back of what was sent. So a key press never waits behind seconds of pictures, on whatever line.
 *
 *     sent ──► under way ≤ window ──► acknowledged: rate, delay ──► window
 */
export class Pace {
  #sent = 0;
  #acknowledged = 0;
  #acknowledgedMs = 0;
  #underWay: Sent[] = [];
  #rates: { perMs: number; atMs: number }[] = [];
  #delay = Infinity;
  #delayBefore = Infinity;
  #delaySinceMs = 0;
  #starting = true;
  #startRate = 0;
  #startRounds = 0;

  /** The best that the line carried lately, in bytes each millisecond; 0 before anything came back. */
  get bytesPerMs(): number {
    return this.#rates[0]?.perMs ?? 0;
  }

  /** There and back while nothing waits on the way; infinite before anything came back. */
  get delayMs(): number {
    return Math.min(this.#delay, this.#delayBefore);
  }

  get underWayBytes(): number {
    return this.#sent - this.#acknowledged;
  }

  get windowBytes(): number {
    const { firstWindowBytes, leastWindowBytes, mostWindowBytes, gain, startGain, queueMs } = PACE;
    if (this.bytesPerMs === 0) return firstWindowBytes;
    const holds = this.bytesPerMs * (this.delayMs + queueMs) * (this.#starting ? startGain : gain);
    return Math.min(mostWindowBytes, Math.max(leastWindowBytes, holds));
  }

  get hasRoom(): boolean {
    return this.underWayBytes < this.windowBytes;
  }

  /** What one update should be packed to, about. */
  get updateBytes(): number {
    if (this.bytesPerMs === 0) return PACE.firstWindowBytes;
    return Math.max(PACE.leastUpdateBytes, this.bytesPerMs * PACE.updateMs);
  }

  /** The largest message. */
  get pieceBytes(): number {
    const { pieceMs, leastPieceBytes, mostPieceBytes } = PACE;
    return Math.round(Math.min(mostPieceBytes, Math.max(leastPieceBytes, this.bytesPerMs * pieceMs)));
  }

  sent(bytes: number, nowMs: number): void {
    const idle = this.underWayBytes === 0;
    this.#sent += bytes;
    const acknowledgedMs = idle ? nowMs : this.#acknowledgedMs;
    this.#underWay.push({
      end: this.#sent,
      sentMs: nowMs,
      acknowledged: this.#acknowledged,
      acknowledgedMs,
      idle,
    });
  }

  /** The viewer has all up to `total` bytes. */
  acknowledged(total: number, nowMs: number): void {
    const count = this.#underWay.findLastIndex(({ end }) => end <= total) + 1;
    const last = this.#underWay[count - 1];
    if (last === undefined) return;
    this.#underWay.splice(0, count);
    this.#acknowledged = last.end;
    this.#acknowledgedMs = nowMs;
    this.#sawDelay(nowMs - last.sentMs, nowMs);
    const tookMs = Math.max(0.05, nowMs - last.acknowledgedMs);
    this.#sawRate((last.end - last.acknowledged) / tookMs, nowMs);
  }

  #sawDelay(ms: number, nowMs: number): void {
    if (nowMs - this.#delaySinceMs > PACE.delayForMs / 2) {
      this.#delayBefore = this.#delay;
      this.#delay = Infinity;
      this.#delaySinceMs = nowMs;
    }
    this.#delay = Math.min(this.#delay, ms);
  }

  /** Falling, from the best: what is older and no better is of no use. What was too little to fill the line says less than it could. */
  #sawRate(perMs: number, nowMs: number): void {
    const since = nowMs - Math.max(PACE.rateForMs, 4 * this.delayMs);
    const known = this.#rates.filter((rate) => rate.perMs > perMs && rate.atMs >= since);
    // A quiet line is not a slow one.
    const [best] = this.#rates;
    if (known.length === 0 && best !== undefined && best.perMs > perMs && this.#quiet(best.perMs)) return;
    this.#rates = [...known, { perMs, atMs: nowMs }].slice(0, RATES_MAX);
    if (!this.#starting) return;
    this.#startRounds = this.bytesPerMs > 1.25 * this.#startRate ? 0 : this.#startRounds + 1;
    this.#startRate = Math.max(this.#startRate, this.bytesPerMs);
    if (this.#startRounds >= PACE.startRounds && !this.#quiet(this.bytesPerMs)) this.#starting = false;
  }

  /** Whether less is under way than a line of this rate holds: then it is our silence that was measured. */
  #quiet(perMs: number): boolean {
    return this.underWayBytes < perMs * this.delayMs;
  }
}

const RATES_MAX = 16;
