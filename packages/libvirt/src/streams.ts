import { Readable } from 'node:stream';
import { messageOf, withDeadline } from '@orangery/std';
import { asLibvirtError, LibvirtError } from './errors.ts';
import { openConnection, type OpenOptions } from './open.ts';
import type { Procedure } from './procedures/procedure.ts';
import { Stream, type StreamPacket } from './stream.ts';
import { STREAM_PAYLOAD_BYTES_MAX } from './wire/limits.ts';
import { type Message, statuses } from './wire/message.ts';

export type StreamOptions = {
  signal?: AbortSignal;
  /** A stream without any progress for so long is given up; time that our own side takes does not count. */
  idleTimeoutMs?: number;
};

export type OwnStreamOptions = StreamOptions & {
  signal: AbortSignal;
  /** Called once, when the stream is over in whatever way. */
  finished: () => void;
};

const IDLE_TIMEOUT_MS = 60_000;
/** What an upload hands to the transport before it waits: two packets of every size keep a fast link busy. */
const UPLOAD_AHEAD_BYTES_MAX = 1024 * 1024;
/** What a download holds for a reader that lags; one piece more may come before the transport stands still. */
const DOWNLOAD_AHEAD_BYTES_MAX = 1024 * 1024;

type Sink = { packet(stream: Stream, packet: StreamPacket): void; ended(error: LibvirtError): void };

/** Opens a connection for one stream and makes the call that it follows. */
async function begin<A, R>(
  open: OpenOptions,
  name: string,
  procedure: Procedure<A, R>,
  args: A,
  sink: Sink,
  options: OwnStreamOptions,
): Promise<{ stream: Stream; result: R }> {
  let stream: Stream | undefined;
  const hooks = {
    event: () => {},
    // Packets may come in one piece with the reply, before its promise is heard of.
    stream: (message: Message) => stream && sink.packet(stream, stream.meaning(message)),
    ended: (error: LibvirtError) => {
      stream?.stop();
      sink.ended(error);
    },
  };
  const work = async (signal: AbortSignal): Promise<{ stream: Stream; result: R }> => {
    const connection = await openConnection(open, hooks, 'stream', signal);
    try {
      const { serial, reply } = connection.begin(name, procedure, args, { signal });
      const idleMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
      stream = new Stream(connection, open.clock, {
        name,
        procedure,
        serial,
        idleMs,
      });
      return { stream, result: await reply };
    } catch (error) {
      connection.destroy(new LibvirtError('libvirt.closed', `${name} did not begin`, { cause: error }));
      throw error;
    }
  };
  try {
    return await withDeadline(
      open.clock,
      open.openTimeoutMs * 2,
      `the beginning of ${name}`,
      work,
      options.signal,
    );
  } catch (error) {
    throw asLibvirtError(error, name, options.signal);
  }
}

export async function download<A, R>(
  open: OpenOptions,
  name: string,
  procedure: Procedure<A, R>,
  args: A,
  options: OwnStreamOptions,
): Promise<{ result: R; stream: Readable }> {
  let own: Stream | undefined;
  let finished = false;
  const onAbort = (): void => {
    readable.destroy(
      new LibvirtError('libvirt.aborted', `${name} was called off`, { cause: options.signal.reason }),
    );
  };
  const readable = new Readable({
    highWaterMark: DOWNLOAD_AHEAD_BYTES_MAX,
    read() {
      own?.waits();
      own?.connection.socket.resume();
    },
    destroy(error, done) {
      options.signal.removeEventListener('abort', onAbort);
      own?.abort(name);
      options.finished();
      done(error);
    },
  });
  const sink: Sink = {
    packet(stream, packet) {
      own = stream;
      if (packet === 'eof') stream.send(statuses.ok);
      else if (packet === 'finished') {
        finished = true;
        readable.push(null);
        stream.abort(name);
      } else if (packet instanceof LibvirtError) readable.destroy(packet);
      else if (!readable.push(packet.data)) {
        stream.rests();
        stream.connection.socket.pause();
      }
    },
    ended: (error) => {
      if (!finished && own !== undefined) readable.destroy(error);
    },
  };
  const { stream, result } = await begin(open, name, procedure, args, sink, options);
  own = stream;
  if (!finished && stream.connection.ended !== undefined) readable.destroy(stream.connection.ended);
  options.signal.addEventListener('abort', onAbort, { once: true });
  return { result, stream: readable };
}

export async function upload<A, R>(
  open: OpenOptions,
  name: string,
  procedure: Procedure<A, R>,
  args: A,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: OwnStreamOptions,
): Promise<R> {
  const outcome = new Outcome();
  const sink: Sink = {
    packet(_stream, packet) {
      if (packet === 'finished') outcome.finish();
      else if (packet instanceof LibvirtError) outcome.fail(packet);
    },
    ended: (error) => outcome.fail(error),
  };
  const onAbort = (): void => {
    outcome.fail(
      new LibvirtError('libvirt.aborted', `${name} was called off`, { cause: options.signal.reason }),
    );
  };
  const { stream, result } = await begin(open, name, procedure, args, sink, options);
  options.signal.addEventListener('abort', onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  try {
    await sendAll(stream, source, outcome);
    stream.send(statuses.ok);
    stream.waits();
    await outcome.done();
    return result;
  } catch (error) {
    // The daemon's own words, if it had any, say more than what the loss of the connection did to us.
    throw asLibvirtError(outcome.error ?? error, name, options.signal);
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    stream.abort(name);
  }
}

async function sendAll(
  stream: Stream,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  outcome: Outcome,
): Promise<void> {
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let exhausted = false;
  try {
    for (;;) {
      const next = await outcome.unlessFailed(Promise.resolve(iterator.next()));
      if (next.done === true) {
        exhausted = true;
        return;
      }
      for (let at = 0; at < next.value.length; at += STREAM_PAYLOAD_BYTES_MAX) {
        stream.send(statuses.continue, next.value.subarray(at, at + STREAM_PAYLOAD_BYTES_MAX));
        const { writableLength, writableNeedDrain } = stream.connection.socket;
        // Only a transport that said "enough" tells when it wants more; an SSH channel holds more than our limit.
        if (writableLength < UPLOAD_AHEAD_BYTES_MAX || !writableNeedDrain) continue;
        stream.waits();
        await outcome.unlessFailed(stream.drained());
        stream.rests();
      }
    }
  } finally {
    // Let the source free what it holds; not awaited, since it may be what hangs.
    if (!exhausted) void Promise.resolve(iterator.return?.()).catch((error: unknown) => messageOf(error));
  }
}

/** How an upload ended, for whichever wait is going on at that moment. */
class Outcome {
  error: LibvirtError | undefined;
  #finished = false;
  #reject: ((error: LibvirtError) => void) | undefined;
  #resolve: (() => void) | undefined;

  fail(error: LibvirtError): void {
    if (this.#finished || this.error !== undefined) return;
    this.error = error;
    this.#reject?.(error);
  }

  finish(): void {
    this.#finished = true;
    this.#resolve?.();
  }

  unlessFailed<T>(work: Promise<T>): Promise<T> {
    if (this.error !== undefined) {
      work.catch(() => {});
      return Promise.reject(this.error);
    }
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      work.then(resolve, reject);
    });
  }

  done(): Promise<void> {
    return this.unlessFailed(
      new Promise((resolve) => {
        this.#resolve = resolve;
        if (this.#finished) resolve();
      }),
    );
  }
}
