import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf, OrangeryError } from '@orangery/std';
import type { FromWorker, ToWorker } from './messages.ts';

/** Beside this file, as source and as what is built of it. */
const WORKER = new URL(`./worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);

/** What a desktop hears of its thread. */
export type DesktopEvents = {
  said: (message: FromWorker) => void;
  lost: (error: OrangeryError) => void;
};

export type DesktopThread = { tell(message: ToWorker, memory?: ArrayBuffer[]): void; close(): void };

type Thread = { worker: Worker; desktops: Map<number, DesktopEvents> };

/**
 * The threads that draw, at most as many as there are processors, started when they are needed. A desktop stays with
 * its thread, the one with the fewest of them. One that ends unasked takes its desktops with it; the next gets a new one.
 */
export class ThreadPool {
  readonly #threads = new Set<Thread>();
  readonly #most: number;
  readonly #program: URL;
  #nextId = 1;

  constructor(most: number = availableParallelism(), program: URL = WORKER) {
    this.#most = most;
    this.#program = program;
  }

  /** Of each thread, how many desktops it has. */
  get loads(): number[] {
    return [...this.#threads].map(({ desktops }) => desktops.size);
  }

  open(events: DesktopEvents): { id: number; thread: DesktopThread } {
    const thread = this.#choose();
    const id = this.#nextId;
    this.#nextId += 1;
    thread.desktops.set(id, events);
    const tell = (message: ToWorker, memory: ArrayBuffer[] = []): void => {
      if (thread.desktops.has(id)) thread.worker.postMessage(message, memory);
    };
    tell({ kind: 'open', id });
    const close = (): void => {
      tell({ kind: 'close', id });
      thread.desktops.delete(id);
    };
    return { id, thread: { tell, close } };
  }

  #choose(): Thread {
    const [least] = [...this.#threads].sort((a, b) => a.desktops.size - b.desktops.size);
    if (least !== undefined && (least.desktops.size === 0 || this.#threads.size >= this.#most)) return least;
    return this.#start();
  }

  #start(): Thread {
    const worker = new Worker(this.#program, { name: 'display' });
    const thread: Thread = { worker, desktops: new Map() };
    this.#threads.add(thread);
    let why = 'it ended';
    worker.on('message', (message: FromWorker) => thread.desktops.get(message.id)?.said(message));
    worker.on('error', (error) => (why = messageOf(error)));
    worker.on('exit', () => {
      this.#threads.delete(thread);
      const lost = [...thread.desktops.values()];
      thread.desktops.clear();
      const reason = `the thread that drew this desktop ended unexpectedly (${why})`;
      for (const events of lost) events.lost(new OrangeryError('displayThreadLost', reason));
    });
    // The process may end while it has nothing else to do.
    worker.unref();
    return thread;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }
}
