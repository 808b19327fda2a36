import type { Duplex } from 'node:stream';
import { type Clock, messageOf } from '@orangery/std';
import { LibvirtError } from './errors.ts';
import { Keepalive, type KeepaliveTimes } from './keepalive.ts';
import { type Procedure, programs } from './procedures/procedure.ts';
import { FrameReader } from './wire/frames.ts';
import { CALLS_IN_FLIGHT_MAX, LONG_CALLS_IN_FLIGHT_MAX } from './wire/limits.ts';
import { decodeHeader, type Message, messageTypes, payloadOf } from './wire/message.ts';
import { type Call, type CallOptions, encodeCall, settleCall, timeoutMsOf } from './call.ts';
import { CallQueue } from './call-queue.ts';
import { Wakeful } from './wakeful.ts';
import { XdrError } from './xdr/error.ts';
import type { XdrReader } from './xdr/reader.ts';

export type ConnectionHooks = {
  /** A message of the daemon's own accord: an event. */
  event(program: number, procedure: number, payload: XdrReader): void;
  /** A packet of a stream; only a connection that carries one gets them. */
  stream?(message: Message): void;
  /** Once, when the connection is over. */
  ended(error: LibvirtError): void;
};

/**
 * One transport to one daemon: calls, their replies, keepalive.
 *
 *     call ──▶ queued ──▶ in flight (at most 4, of these 3 long) ──▶ answered
 *                │            └─ timed out or aborted: the caller is told at once, but the place stays taken
 *                └─ timed out or aborted: forgotten, never sent    until the daemon answers; it still works on it
 *
 * The end of the transport rejects every call that waits.
 */
export class Connection {
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #hooks: ConnectionHooks;
  readonly #keepalive: Keepalive;
  readonly #frames = new FrameReader();
  readonly #inFlight = new Map<number, Call>();
  readonly #queue = new CallQueue();
  readonly #wakeful: Wakeful;
  readonly #take = (frame: Buffer): void => this.#onFrame(frame);
  #longInFlight = 0;
  #serial = 0;
  #corked = false;
  #end: LibvirtError | undefined;

  constructor(socket: Duplex, clock: Clock, keepalive: KeepaliveTimes, hooks: ConnectionHooks) {
    this.#socket = socket;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#wakeful = new Wakeful(clock);
    this.#keepalive = new Keepalive(
      clock,
      keepalive,
      (message) => this.send(message),
      (silentMs) =>
        this.destroy(new LibvirtError('libvirt.disconnected', `the daemon was silent for ${silentMs} ms`)),
    );
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (cause) => {
      this.destroy(
        new LibvirtError('libvirt.disconnected', `the connection broke: ${messageOf(cause)}`, { cause }),
      );
    });
    const gone = (): void =>
      this.destroy(new LibvirtError('libvirt.disconnected', 'the daemon closed the connection'));
    socket.on('end', gone);
    socket.on('close', gone);
  }

  get ended(): LibvirtError | undefined {
    return this.#end;
  }

  /** The transport: a stream paces it by pause and resume. */
  get socket(): Duplex {
    return this.#socket;
  }

  startKeepalive(): void {
    if (this.#end === undefined) this.#keepalive.start();
  }

  call<A, R>(name: string, procedure: Procedure<A, R>, args: A, options: CallOptions = {}): Promise<R> {
    return this.begin(name, procedure, args, options).reply;
  }

  /** As `call`, but tells the serial too, by which a stream's packets are known. */
  begin<A, R>(
    name: string,
    procedure: Procedure<A, R>,
    args: A,
    options: CallOptions,
  ): { serial: number; reply: Promise<R> } {
    const serial = this.#nextSerial();
    const reply = new Promise<R>((resolve, reject) => {
      const refusal = this.#refusal(name, options.signal);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      let message: Buffer;
      try {
        message = encodeCall(name, procedure, serial, args);
      } catch (error) {
        reject(error);
        return;
      }
      const ms = timeoutMsOf(procedure, options);
      const { signal } = options;
      const onAbort = (): void => {
        this.#giveUp(
          call,
          new LibvirtError('libvirt.aborted', `${name} was called off`, { cause: signal?.reason }),
        );
      };
      const cancelTimer = this.#clock.after(ms, () => {
        this.#giveUp(call, new LibvirtError('libvirt.timeout', `${name} took longer than ${ms} ms`));
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      const call: Call = {
        name,
        procedure,
        message,
        serial,
        settle: { resolve, reject },
        cleanUp() {
          cancelTimer();
          signal?.removeEventListener('abort', onAbort);
        },
      };
      this.#queue.push(call);
      this.#pump();
    });
    return { serial, reply };
  }

  /** Writes a whole message now, before any call that waits. Returns whether the transport wants more. */
  send(message: Buffer): boolean {
    if (this.#end !== undefined) return false;
    if (!this.#corked) {
      // Messages of one turn go out in one write.
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    return this.#socket.write(message);
  }

  destroy(error: LibvirtError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#keepalive.stop();
    const calls = [...this.#inFlight.values(), ...this.#queue.empty()];
    this.#inFlight.clear();
    for (const call of calls) {
      call.cleanUp();
      call.settle?.reject(new LibvirtError(error.code, `${call.name}: ${error.message}`, { cause: error }));
    }
    // Late errors of a socket that is being destroyed have nobody left to tell.
    this.#socket.on('error', () => {});
    this.#socket.destroy();
    this.#hooks.ended(error);
  }

  #refusal(name: string, signal: AbortSignal | undefined): LibvirtError | undefined {
    if (this.#end !== undefined) {
      return new LibvirtError(this.#end.code, `${name}: ${this.#end.message}`, { cause: this.#end });
    }
    if (signal?.aborted)
      return new LibvirtError('libvirt.aborted', `${name} was called off`, { cause: signal.reason });
    if (this.#queue.full)
      return new LibvirtError('libvirt.queueFull', `${name}: too many calls wait already`);
    return undefined;
  }

  #nextSerial(): number {
    this.#serial = this.#serial === 0xffff_ffff ? 1 : this.#serial + 1;
    return this.#serial;
  }

  #pump(): void {
    while (this.#inFlight.size < CALLS_IN_FLIGHT_MAX) {
      const call = this.#queue.next(this.#longInFlight < LONG_CALLS_IN_FLIGHT_MAX);
      if (call === undefined) return;
      if (call.procedure.manner === 'long') this.#longInFlight += 1;
      this.#inFlight.set(call.serial, call);
      this.send(call.message);
      this.#wakeful.asked();
    }
  }

  #giveUp(call: Call, error: LibvirtError): void {
    const { settle } = call;
    call.cleanUp();
    call.settle = undefined;
    this.#queue.remove(call);
    settle?.reject(error);
  }

  #onData(chunk: Buffer): void {
    this.#keepalive.heard();
    try {
      this.#frames.push(chunk, this.#take);
    } catch (cause) {
      const error = new LibvirtError(
        'libvirt.protocol',
        `the daemon sent what is no message: ${messageOf(cause)}`,
        { cause },
      );
      this.destroy(error);
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#end !== undefined) return;
    const message = decodeHeader(frame);
    if (message.program === programs.keepalive) {
      this.#keepalive.answer(message.procedure);
    } else if (message.type === messageTypes.reply) {
      this.#onReply(message);
    } else if (message.type === messageTypes.event) {
      this.#hooks.event(message.program, message.procedure, payloadOf(message));
    } else if (message.type === messageTypes.stream) {
      this.#hooks.stream?.(message);
    } else {
      throw new XdrError('xdr.invalid', `a message of type ${message.type}`);
    }
  }

  #onReply(message: Message): void {
    const call = this.#inFlight.get(message.serial);
    if (call === undefined) {
      // A stream's error may come as a reply to a packet of it.
      this.#hooks.stream?.(message);
      return;
    }
    this.#inFlight.delete(message.serial);
    this.#wakeful.answered({ stillWait: this.#inFlight.size > 0 });
    if (call.procedure.manner === 'long') this.#longInFlight -= 1;
    call.cleanUp();
    if (call.settle !== undefined) settleCall(call, message);
    this.#pump();
  }
}
