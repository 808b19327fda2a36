import { Duplex } from 'node:stream';
import { type ClientEvent, ClientParser, encodeQemuAudioOff } from '@orangery/rfb';
import { type Clock, OrangeryError, systemClock } from '@orangery/std';
import { Refresh } from './refresh.ts';
import type { FromWorker, Shown } from './threads/messages.ts';
import { type DesktopThread, ThreadPool } from './threads/pool.ts';

/** What a console said and no thread has taken yet; above the first it is not read, below the second it is again. */
const CREDIT_HIGH_BYTES = 2 * 1024 * 1024;
const CREDIT_LOW_BYTES = 512 * 1024;
/** Reads of one turn go to the thread together, up to this. */
const BATCH_BYTES = 256 * 1024;

/**
 * A console as its viewer is to see it: what is read from it is the stream of docs/formats/display-stream.md, packed. Its viewer has to be
 * heard saying what it has, else nothing more comes.
 */
export type Delivered = Duplex & {
  /** The viewer has all up to so many bytes. */
  acknowledged(bytes: number): void;
  readonly shown: Shown;
};

export type DeliverOptions = { clock?: Clock; threads?: ThreadPool };

let threads: ThreadPool | undefined;

/**
 * The console is read at full speed and told as few bytes as it takes (see Delivery), by a thread that does nothing else;
 * here bytes are passed on, and input goes past the thread. Owns the console from now on. Errors of either end destroy it.
 */
export function deliver(console: Duplex, options: DeliverOptions = {}): Delivered {
  threads ??= new ThreadPool();
  return new DeliveredConsole(console, options.threads ?? threads, options.clock ?? systemClock);
}

class DeliveredConsole extends Duplex {
  readonly #console: Duplex;
  readonly #viewer = new ClientParser();
  readonly #id: number;
  readonly #thread: DesktopThread;
  readonly #refresh: Refresh;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #flushing: NodeJS.Immediate | undefined;
  /** What the thread was given and has not taken. */
  #owedBytes = 0;
  /** The console has made its handshake; a viewer that speaks before waits. */
  #greeted = false;
  #whenGreeted: (() => void) | undefined;
  #input: Buffer[] = [];
  #shown: Shown = { pictures: 0, rough: false };

  constructor(console: Duplex, pool: ThreadPool, clock: Clock) {
    super();
    this.#console = console;
    this.#refresh = new Refresh(clock, () => this.#toConsole(encodeQemuAudioOff()));
    const opened = pool.open({
      said: (message) => this.#said(message),
      lost: (error) => this.destroy(error),
    });
    this.#id = opened.id;
    this.#thread = opened.thread;
    console.on('data', this.#read);
    console.once('end', () => {
      this.#flush();
      this.#thread.tell({ kind: 'consoleEnded', id: this.#id });
    });
    console.on('error', (error) => this.destroy(error));
    console.once('close', () => this.destroy());
  }

  get shown(): Shown {
    return this.#shown;
  }

  acknowledged(bytes: number): void {
    this.#thread.tell({ kind: 'seen', id: this.#id, bytes });
  }

  /** There is never more than the pace allows: nobody has to be held back here. */
  override _read(): void {}

  override _write(bytes: Buffer, encoding: BufferEncoding, done: () => void): void {
    if (!this.#greeted) {
      this.#whenGreeted = () => this._write(bytes, encoding, done);
      return;
    }
    const refusal = this.#viewer.push(bytes, (event) => this.#hear(event));
    if (refusal !== undefined) {
      this.destroy(new OrangeryError(refusal.code, refusal.reason));
      return;
    }
    const input = this.#input;
    this.#input = [];
    if (input.length > 0) {
      this.#toConsole(Buffer.concat(input));
      this.#refresh.input();
    }
    if (this.#console.writableNeedDrain) this.#console.once('drain', done);
    else done();
  }

  override _final(done: () => void): void {
    this.#console.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#refresh.stop();
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#thread.close();
    this.#console.destroy();
    done(error);
  }

  /** Input is never behind pictures. */
  #hear(event: ClientEvent): void {
    if (event.kind === 'message' && INPUT.has(event.message.name)) this.#input.push(Buffer.from(event.bytes));
    else {
      const copy = { ...event, bytes: Buffer.from(new Uint8Array(event.bytes).buffer) };
      this.#thread.tell({ kind: 'viewer', id: this.#id, event: copy });
    }
  }

  #toConsole(bytes: Uint8Array): void {
    if (!this.#console.writableEnded && !this.#console.destroyed) this.#console.write(bytes);
  }

  #said(message: FromWorker): void {
    switch (message.kind) {
      case 'toConsole':
        this.#toConsole(message.bytes);
        break;
      case 'toViewer':
        this.#refresh.changed();
        this.#shown = message.shown;
        this.push(Buffer.from(message.bytes.buffer));
        this.#greet();
        break;
      case 'took':
        this.#owedBytes -= message.bytes;
        if (this.#owedBytes <= CREDIT_LOW_BYTES && this.#console.isPaused()) this.#console.resume();
        break;
      case 'hurries':
        this.#refresh.start();
        break;
      case 'ended':
        this.push(null);
        break;
      case 'failed':
        this.destroy(new OrangeryError(message.code, message.reason));
        break;
    }
  }

  #greet(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    this.#whenGreeted?.();
    this.#whenGreeted = undefined;
  }

  #read = (chunk: Buffer): void => {
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
    else this.#flushing ??= setImmediate(() => this.#flush());
  };

  #flush(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#batchBytes === 0) return;
    const bytes = new Uint8Array(this.#batchBytes);
    let at = 0;
    for (const chunk of this.#batch) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#batch = [];
    this.#batchBytes = 0;
    this.#owedBytes += bytes.length;
    this.#thread.tell({ kind: 'console', id: this.#id, bytes }, [bytes.buffer]);
    if (this.#owedBytes >= CREDIT_HIGH_BYTES) this.#console.pause();
  }
}

const INPUT: ReadonlySet<string> = new Set([
  'keyEvent',
  'pointerEvent',
  'qemuExtendedKeyEvent',
  'setDesktopSize',
]);
