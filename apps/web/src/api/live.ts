import { LIVE_SILENT_MS, type Topic } from '@orangery/contract';
import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { browserClock } from '../clock.ts';
import { api, client } from './client.ts';
import { codeOf } from './errors.ts';
import { Refresher } from './refresher.ts';
import { lookedInto } from './tenant.ts';

/** After a break; each time twice as long. Half of it is chance: a server that restarts has hundreds who come back. */
const AGAIN_FIRST_MS = 1_000;
const AGAIN_MAX_MS = 30_000;

/** What the tabs of one browser tell each other. */
type Word = { kind: 'changed'; topics: readonly Topic[] } | { kind: 'up'; up: boolean } | { kind: 'isUp' };

/** What pages ask for of a topic, where that is not all operations of its noun. */
const ASKED: Partial<Record<Topic, () => QueryKey[]>> = {
  desktops: () => [api.desktops.key(), api.applications.mine.key()],
  me: () => [api.me.show.key(), api.me.quotas.key()],
};

/** The start page of the console is made of these; it is asked for once for all of them. */
const IN_OVERVIEW: ReadonlySet<Topic> = new Set<Topic>([
  'hosts',
  'images',
  'machines',
  'mail',
  'pools',
  'sessions',
  'storage',
  'system',
  'tasks',
  'templates',
]);

let up = false;

/** Whether changes are told as they happen, so that nobody need ask now and then. */
export const isLive = (): boolean => up;

/**
 * Keeps what the pages show as it is. One tab of the browser has the connection, for all: a browser has few of them for one
 * server. When that tab goes, another takes its place.
 *
 *   each tab: waits for the lock ─▶ follows ─▶ tells itself and the others ─▶ broken? follows again
 */
export class LiveFollower {
  readonly #queries: QueryClient;
  readonly #onSignedOut: () => void;
  readonly #name = `orangery.live.${lookedInto() ?? 'home'}`;
  readonly #channel = new BroadcastChannel(this.#name);
  readonly #refresher: Refresher<Topic | 'overview'>;
  #leads = false;

  /** From now on it hears of the others; what the page asks for later is not older. */
  constructor(queries: QueryClient, onSignedOut: () => void) {
    this.#queries = queries;
    this.#onSignedOut = onSignedOut;
    this.#refresher = new Refresher((topic) => this.#askAgain(topic));
    this.#channel.addEventListener('message', ({ data }: MessageEvent<Word>) => this.#hear(data));
    this.#post({ kind: 'isUp' });
  }

  /** Follows, or waits to, until `stop`. */
  start(): { stop: () => void } {
    const stopped = new AbortController();
    const { signal } = stopped;
    navigator.locks
      .request(this.#name, { signal }, async () => {
        this.#leads = true;
        await this.#follow(signal).finally(() => {
          this.#leads = false;
          this.#tell({ kind: 'up', up: false });
        });
      })
      // Stopped before its turn.
      .catch(() => {});
    return { stop: () => stopped.abort() };
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (let broken = 0; !signal.aborted; broken += 1) {
      // A line that is gone says nothing, and nothing is what a quiet hour sounds like.
      const silent = new AbortController();
      let cancel = browserClock.after(LIVE_SILENT_MS, () => silent.abort());
      let heard = false;
      try {
        const either = AbortSignal.any([signal, silent.signal]);
        for await (const { topics } of await client.live.follow(undefined, { signal: either })) {
          cancel();
          cancel = browserClock.after(LIVE_SILENT_MS, () => silent.abort());
          broken = 0;
          heard = true;
          this.#tell({ kind: 'up', up: true });
          this.#tell({ kind: 'changed', topics });
        }
      } catch (error) {
        if (signal.aborted) return;
        // One that told something may have ended because its person changed how they sign in: this browser is on its
        // way to another sign-in then, and is let in again.
        if (codeOf(error) === 'UNAUTHORIZED' && !heard) {
          this.#onSignedOut();
          return;
        }
      } finally {
        cancel();
      }
      if (up) this.#tell({ kind: 'up', up: false });
      const ms = Math.min(AGAIN_MAX_MS, AGAIN_FIRST_MS * 2 ** broken);
      await pause(ms * (0.5 + browserClock.fraction() / 2), signal);
    }
  }

  /** To the other tabs. */
  #post(word: Word): void {
    // A channel is of one origin; only windows are told whom to reach.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#channel.postMessage(word);
  }

  #tell(word: Word): void {
    this.#post(word);
    this.#hear(word);
  }

  #hear(word: Word): void {
    if (word.kind === 'changed') {
      this.#refresher.add(word.topics);
      if (word.topics.some((topic) => IN_OVERVIEW.has(topic))) this.#refresher.add(['overview']);
    } else if (word.kind === 'isUp') {
      if (this.#leads) this.#post({ kind: 'up', up });
    } else {
      const fell = up && !word.up;
      up = word.up;
      // Each finds out with its next answer how soon it is to be asked for again.
      if (fell) browserClock.after(AGAIN_MAX_MS * browserClock.fraction(), () => this.#askAll());
    }
  }

  #askAll(): void {
    if (!up) void this.#queries.invalidateQueries({ refetchType: 'active' });
  }

  async #askAgain(noun: Topic | 'overview'): Promise<void> {
    const keys = (noun === 'overview' ? undefined : ASKED[noun]?.()) ?? [api[noun].key()];
    await Promise.all(keys.map((queryKey) => this.#queries.invalidateQueries({ queryKey })));
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = browserClock.after(ms, resolve);
    signal.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}
