import type { LockConnection } from '@orangery/control';
import { connectSingle } from '@orangery/database';
import { backoffMs, type Clock, type Log, messageOf, type Rng } from '@orangery/std';
import type pg from 'pg';

const RECONNECT_FIRST_MS = 100;
const RECONNECT_MAX_MS = 5_000;

export type NoticesOptions = {
  url: string;
  /** Of its connection: who looks for it in PostgreSQL's list knows whether this process lives. */
  name: string;
  clock: Clock;
  rng: Rng;
  log: Log;
  onNudge: (loop: string, key: string | undefined) => void;
  /** Something that people wait for changed: `machine` or `session`, and its id. */
  onChange: (kind: string, id: string) => void;
  /** Something that pages show changed. */
  onLive: (payload: string) => void;
  /** Listens (again): notices of before may be lost. */
  onListening: () => void;
};

/** Listens for PostgreSQL's notices on a connection of its own; when it breaks, a new one is made for ever. */
export class Notices {
  readonly #options: NoticesOptions;
  #client: pg.Client | undefined;
  #closed = false;
  #cancelRetry: (() => void) | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  async start(attempt = 0): Promise<void> {
    if (this.#closed) return;
    const { url, name, log, onListening } = this.#options;
    try {
      const client = await connectSingle(url, name);
      this.#client = client;
      client.on('notification', (notice) => this.#onNotice(notice.channel, notice.payload ?? ''));
      client.once('end', () => this.#again(0));
      await client.query('listen orangery_nudge');
      await client.query('listen orangery_change');
      await client.query('listen orangery_live');
      onListening();
    } catch (error) {
      if (attempt === 0) log.warn({ reason: messageOf(error) }, 'the database is away; tries again');
      this.#again(attempt + 1);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    await this.#client?.end().catch(() => {});
  }

  #again(attempt: number): void {
    this.#client = undefined;
    if (this.#closed) return;
    const { clock, rng } = this.#options;
    this.#cancelRetry?.();
    this.#cancelRetry = clock.after(backoffMs(attempt, RECONNECT_FIRST_MS, RECONNECT_MAX_MS, rng), () => {
      void this.start(attempt);
    });
  }

  #onNotice(channel: string, payload: string): void {
    if (channel === 'orangery_live') {
      this.#options.onLive(payload);
      return;
    }
    const colon = payload.indexOf(':');
    const key = payload.slice(colon + 1);
    if (channel === 'orangery_change') this.#options.onChange(payload.slice(0, colon), key);
    else {
      this.#options.onNudge(payload.slice(0, colon), key === '' ? undefined : key);
    }
  }
}

/** The connection that holds this process's locks. With it they are lost, and `onLost` must end what they guarded. */
export class LockHolder {
  readonly #url: string;
  readonly #onLost: () => void;
  #client: Promise<pg.Client> | undefined;

  constructor(url: string, onLost: () => void) {
    this.#url = url;
    this.#onLost = onLost;
  }

  connection = (): Promise<LockConnection> => {
    this.#client ??= this.#connect();
    return this.#client;
  };

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    client?.removeAllListeners('end');
    await client?.end().catch(() => {});
  }

  async #connect(): Promise<pg.Client> {
    try {
      const client = await connectSingle(this.#url);
      client.once('end', () => {
        this.#client = undefined;
        this.#onLost();
      });
      return client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }
}
