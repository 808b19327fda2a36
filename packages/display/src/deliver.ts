import { Duplex } from 'node:stream';
import { Delivery } from './stream/delivery.ts';

/**
 * The console as its viewer is to see it: read at full speed, and told as few bytes as it takes (see Delivery). Owns the
 * console from now on. Errors of either end destroy it.
 */
export function deliver(console: Duplex): Duplex {
  return new DeliveredConsole(console);
}

class DeliveredConsole extends Duplex {
  readonly #console: Duplex;
  readonly #delivery: Delivery;

  constructor(console: Duplex) {
    super();
    this.#console = console;
    this.#delivery = new Delivery({
      toConsole: (bytes) => {
        if (!console.writableEnded) console.write(bytes);
      },
      toViewer: (bytes) => this.push(bytes),
    });
    console.on('data', (bytes: Buffer) => this.#try(() => this.#delivery.fromConsole(bytes)));
    console.once('end', () => this.push(null));
    console.on('error', (error) => this.destroy(error));
    console.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#try(() => this.#delivery.viewerHasRoom());
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // After this turn: a viewer in this process answers from within what it is told.
    process.nextTick(() => {
      this.#try(() => this.#delivery.fromViewer(bytes));
      if (this.#console.writableNeedDrain) this.#console.once('drain', done);
      else done();
    });
  }

  override _final(done: () => void): void {
    this.#console.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#console.destroy();
    done(error);
  }

  #try(work: () => void): void {
    try {
      if (!this.destroyed) work();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
