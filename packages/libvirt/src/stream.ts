import type { Clock } from '@orangery/std';
import type { Connection } from './connection.ts';
import { LibvirtError } from './errors.ts';
import type { Procedure } from './procedures/procedure.ts';
import { HEADER_BYTES } from './wire/limits.ts';
import { decodeError, encodeMessage, type Message, messageTypes, statuses } from './wire/message.ts';

/** What a packet says: data, the end of the data, the daemon's confirmation, or its error. */
export type StreamPacket = { data: Buffer } | 'eof' | 'finished' | LibvirtError;

type Call = { name: string; procedure: Procedure<never, unknown>; serial: number; idleMs: number };

/**
 * One stream, on a connection of its own.
 *
 *     call ──▶ reply ──▶ packets (status `continue`; an empty one is the end of a download's data)
 *                  ──▶ finish (status `ok`, from us) ──▶ confirmation (status `ok`, from the daemon) ──▶ destroyed
 *
 * An error, an abort or silence destroys the connection, which makes the daemon abort its side.
 */
export class Stream {
  readonly connection: Connection;
  readonly #clock: Clock;
  readonly #call: Call;
  #waitingSinceMs: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(connection: Connection, clock: Clock, call: Call) {
    this.connection = connection;
    this.#clock = clock;
    this.#call = call;
    this.waits();
    this.#watch();
  }

  send(status: number, payload?: Uint8Array): void {
    const { procedure, serial } = this.#call;
    const { program, number } = procedure;
    const header = { program, procedure: number, type: messageTypes.stream, serial, status };
    this.connection.send(encodeMessage(header, payload && ((writer) => writer.raw(payload))));
  }

  meaning(message: Message): StreamPacket {
    if (this.#waitingSinceMs !== undefined) this.waits();
    if (message.status === statuses.error) return decodeError(message, this.#call.name);
    if (message.status === statuses.ok) return 'finished';
    return message.frame.length === HEADER_BYTES ? 'eof' : { data: message.frame.subarray(HEADER_BYTES) };
  }

  /** From now on the daemon's silence counts. */
  waits(): void {
    this.#waitingSinceMs = this.#clock.monotonicMs();
  }

  /** It is our side that rests: the daemon's silence does not count. */
  rests(): void {
    this.#waitingSinceMs = undefined;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.connection.socket.once('drain', () => resolve()));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Ends the connection; harmless after the end. */
  abort(name: string): void {
    this.stop();
    this.connection.destroy(new LibvirtError('libvirt.closed', `${name} is over`));
  }

  #watch(): void {
    const { idleMs, name } = this.#call;
    this.#cancel = this.#clock.after(idleMs / 4, () => {
      const sinceMs = this.#waitingSinceMs;
      if (sinceMs !== undefined && this.#clock.monotonicMs() - sinceMs >= idleMs) {
        this.connection.destroy(
          new LibvirtError('libvirt.timeout', `${name}: nothing moved for ${idleMs} ms`),
        );
        return;
      }
      this.#watch();
    });
  }
}
