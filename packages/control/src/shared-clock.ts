import type { Database } from '@orangery/database';
import { type Clock, type Log, messageOf } from '@orangery/std';
import { sql } from 'kysely';

const LOOK_MS = 60_000;
/** An answer that took longer says too little of the moment it was given. */
const ROUND_TRIP_MAX_MS = 1_000;
/** More is a clock that nobody keeps. */
const AHEAD_SHOWN_MS = 5_000;

/**
 * The database's time: what one server stamps, another compares with its own "now", so that all of them need one clock.
 * Differences of machines' clocks are measured at the start and once a minute; timers are this machine's.
 */
export class SharedClock implements Clock {
  readonly #base: Clock;
  readonly #db: Database;
  readonly #log: Log;
  #aheadMs = 0;
  #stopped = false;
  #cancel: () => void = () => {};

  private constructor(base: Clock, db: Database, log: Log) {
    this.#base = base;
    this.#db = db;
    this.#log = log;
  }

  static async start(base: Clock, db: Database, log: Log): Promise<SharedClock> {
    const clock = new SharedClock(base, db, log);
    await clock.#look();
    return clock;
  }

  now(): number {
    return this.#base.now() - this.#aheadMs;
  }

  monotonicMs(): number {
    return this.#base.monotonicMs();
  }

  after(ms: number, run: () => void): () => void {
    return this.#base.after(ms, run);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#base.sleep(ms, signal);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    try {
      const askedMs = this.#base.now();
      const { rows } = await sql<{
        ms: number;
      }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`.execute(this.#db);
      const tookMs = this.#base.now() - askedMs;
      const ms = rows[0]?.ms;
      if (ms !== undefined && tookMs >= 0 && tookMs <= ROUND_TRIP_MAX_MS)
        this.#set(askedMs + tookMs / 2 - ms);
    } catch (error) {
      // The database is away: what was measured before still holds.
      this.#log.debug({ reason: messageOf(error) }, 'the database did not tell its time');
    }
    if (!this.#stopped) this.#cancel = this.#base.after(LOOK_MS, () => void this.#look());
  }

  #set(aheadMs: number): void {
    const before = this.#aheadMs;
    this.#aheadMs = aheadMs;
    if (Math.abs(aheadMs) < AHEAD_SHOWN_MS || Math.abs(aheadMs - before) < AHEAD_SHOWN_MS) return;
    this.#log.warn(
      { aheadMs: Math.round(aheadMs) },
      'the clock of this machine is not the database’s; its time is used. Set up NTP on both.',
    );
  }
}
