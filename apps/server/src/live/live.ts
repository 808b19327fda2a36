import {
  changeOf,
  changesRights,
  type Context,
  endedSignIns,
  type Follower,
  type LiveChange,
  toldOf,
  topicsOf,
} from '@orangery/control';
import { messageOf } from '@orangery/std';
import { LiveStream } from './stream.ts';

/** A browser has one, shared by its tabs; operators have one for each tenant that they look into. */
const OF_PERSON_MAX = 16;
/** Each holds a socket and some tens of kilobytes. */
const ALL_MAX = 5_000;
/** Sign-ins expire without any notice. */
const LOOK_MS = 30_000;

/** `signInId`: it ends with this; undefined for the operator at the machine. */
export type Following = Follower & { signInId: string | undefined };

type Entry = { who: Following; stream: LiveStream };

/**
 * Tells browsers what changes of what they may see. The database's notices say what has changed; who is told is decided for
 * each stream by the rules of the operations. A stream’s rights are those of its beginning: it ends when they change, and its
 * browser follows anew.
 */
export class Live {
  readonly #context: Pick<Context, 'db' | 'clock' | 'log'>;
  readonly #entries = new Set<Entry>();
  #cancelLook: (() => void) | undefined;
  #closed = false;

  constructor(context: Pick<Context, 'db' | 'clock' | 'log'>) {
    this.#context = context;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Undefined: this person, or this server, has too many already. Ends when `signal` is aborted. */
  follow(who: Following, signal: AbortSignal): LiveStream | undefined {
    if (this.#closed || this.#entries.size >= ALL_MAX) return undefined;
    const of = [...this.#entries].filter((entry) => entry.who.personId === who.personId);
    if (of.length >= OF_PERSON_MAX) return undefined;
    const entry: Entry = { who, stream: new LiveStream(this.#context.clock, topicsOf(who)) };
    this.#entries.add(entry);
    const end = (): void => this.#end(entry);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    this.#cancelLook ??= this.#lookLater();
    return entry.stream;
  }

  /** A notice of the database. */
  notice(payload: string): void {
    const change = changeOf(payload);
    if (change !== undefined) this.tell(change);
  }

  tell(change: LiveChange): void {
    for (const entry of this.#entries) {
      if (changesRights(change, entry.who)) this.#end(entry);
      else entry.stream.add(toldOf(change, entry.who));
    }
  }

  /** Notices may have been lost: also that somebody has no rights any more. */
  tellAll(): void {
    for (const { who, stream } of this.#entries) stream.add(topicsOf(who));
    void this.#look();
  }

  signedOut(signInId: string): void {
    for (const entry of this.#entries) if (entry.who.signInId === signInId) this.#end(entry);
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook?.();
    for (const entry of this.#entries) this.#end(entry);
  }

  #end(entry: Entry): void {
    this.#entries.delete(entry);
    entry.stream.end();
  }

  #lookLater(): () => void {
    return this.#context.clock.after(LOOK_MS, () => {
      this.#cancelLook = this.#closed || this.#entries.size === 0 ? undefined : this.#lookLater();
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const ids = [...this.#entries].flatMap(({ who }) => who.signInId ?? []);
    try {
      for (const id of await endedSignIns(this.#context, ids)) this.signedOut(id);
    } catch (error) {
      this.#context.log.warn({ reason: messageOf(error) }, 'sign-ins could not be looked at');
    }
  }
}
