import { OrangeryError } from '@orangery/std';
import { ByteQueue } from './byte-queue.ts';
import { isFrameSize, type Rect } from './client-messages.ts';
import { TEXT_BYTES_MAX } from './limits.ts';
import { serverMessages } from './server-messages.ts';
import { PIXEL_FORMAT_BYTES, PROTOCOL_VERSION, SECURITY_NONE } from './tables.ts';

export type ServerInit = { width: number; height: number; name: string };

/** What a server did, in the order of its bytes. Buffers are views, good until the handler returns. */
export type ServerEvent =
  /** The handshake wants these bytes sent; `stage` is what is waited for afterwards. */
  | { kind: 'send'; bytes: Buffer; stage: ServerStage }
  | ({ kind: 'init' } & ServerInit)
  | { kind: 'updateBegins' }
  /** Whole rows of a Raw rectangle, 4 bytes a pixel. */
  | { kind: 'rows'; rect: Rect; pixels: Buffer }
  /** A CopyRect: `rect` shows what was at (fromX, fromY). */
  | { kind: 'copied'; rect: Rect; fromX: number; fromY: number }
  /** `status` is of ExtendedDesktopSize; `byUs` when it answers a SetDesktopSize of this client. */
  | { kind: 'resized'; width: number; height: number; extended: boolean; byUs: boolean; status: number }
  /** What the pointer looks like, hot spot at (x, y): pixels, then a bit mask whose rows are padded to bytes. */
  | { kind: 'cursor'; rect: Rect; bytes: Buffer }
  | { kind: 'extendedKeys' }
  /** It takes QEMU's audio messages. */
  | { kind: 'audio' }
  | { kind: 'updateEnds'; rectangles: number }
  | { kind: 'bell' };

export type ServerStage = 'version' | 'security' | 'securityResult' | 'init' | 'messages';

/** A step asks for a number of bytes and is resumed with exactly them. */
export type Steps<Result = void> = Generator<number, Result, Buffer>;

/**
 * Reads what a server says, in whatever pieces it arrives (security type None, 32 bits a pixel).
 *
 *     version ─► security ─► securityResult ─► init ─► messages ⟲
 *
 * Throws an OrangeryError on what does not belong there: `rfbNotRfb`, `rfbRefused`, `rfbUnsupportedSecurity`,
 * `rfbTooLong`, `rfbMalformed`, `rfbUnknownMessage`. After a throw the parser takes nothing more.
 */
export class ServerParser {
  #queue = new ByteQueue();
  #steps: Steps;
  #wanted: number;
  #ended = false;

  constructor(tell: (event: ServerEvent) => void) {
    this.#steps = session(tell);
    this.#wanted = this.#resume(undefined);
  }

  /** Bytes that wait for the rest of what was asked for. */
  get pendingBytes(): number {
    return this.#queue.length;
  }

  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.#queue.push(chunk);
    try {
      for (;;) {
        const bytes = this.#queue.take(this.#wanted);
        if (bytes === undefined) return;
        this.#wanted = this.#resume(bytes);
      }
    } catch (thrown) {
      this.#ended = true;
      this.#queue.clear();
      throw thrown;
    }
  }

  #resume(bytes: Buffer | undefined): number {
    const step = bytes === undefined ? this.#steps.next() : this.#steps.next(bytes);
    return step.done === true ? 0 : step.value;
  }
}

function* session(tell: (event: ServerEvent) => void): Steps {
  yield* handshake(tell);
  const size = yield* serverInit();
  tell({ kind: 'init', ...size });
  yield* serverMessages(tell);
}

/** RFC 6143 7.1. */
function* handshake(tell: (event: ServerEvent) => void): Steps {
  const version = (yield 12).toString('latin1');
  const found = /^RFB (\d{3})\.(\d{3})\n$/.exec(version);
  if (found === null) {
    throw new OrangeryError(
      'rfbNotRfb',
      `a console was dialled, but ${JSON.stringify(version)} is no RFB greeting`,
    );
  }
  if (Number(found[1]) * 1000 + Number(found[2]) < 3008) {
    throw new OrangeryError('rfbUnsupportedVersion', `the console speaks ${version.trim()}; 3.8 is wanted`);
  }
  tell({ kind: 'send', bytes: Buffer.from(PROTOCOL_VERSION, 'latin1'), stage: 'security' });

  const count = (yield 1).readUInt8(0);
  if (count === 0) throw new OrangeryError('rfbRefused', `the console refused: ${yield* reasonText()}`);
  const types = yield count;
  if (!types.includes(SECURITY_NONE)) {
    throw new OrangeryError(
      'rfbUnsupportedSecurity',
      `the console offers security types ${[...types].join(', ')}`,
      {
        fix: 'Let the console listen on a unix socket without a password.',
      },
    );
  }
  tell({ kind: 'send', bytes: Buffer.from([SECURITY_NONE]), stage: 'securityResult' });

  // 7.1.3 SecurityResult.
  const result = (yield 4).readUInt32BE(0);
  if (result !== 0) throw new OrangeryError('rfbRefused', `the console refused: ${yield* reasonText()}`);
  // 7.3.1 ClientInit: shared, so that a look at a console never throws its viewer out.
  tell({ kind: 'send', bytes: Buffer.from([1]), stage: 'init' });
}

/** RFC 6143 7.1.2: a reason is a u32 length and that many bytes. */
function* reasonText(): Steps<string> {
  const length = (yield 4).readUInt32BE(0);
  if (length > TEXT_BYTES_MAX)
    throw new OrangeryError('rfbTooLong', `a refusal's reason announces ${length} bytes`);
  return (yield length).toString('utf8');
}

/** RFC 6143 7.3.2 ServerInit. */
function* serverInit(): Steps<ServerInit> {
  const head = yield 4 + PIXEL_FORMAT_BYTES + 4;
  const [width, height] = [head.readUInt16BE(0), head.readUInt16BE(2)];
  const nameBytes = head.readUInt32BE(4 + PIXEL_FORMAT_BYTES);
  if (!isFrameSize(width, height)) {
    throw new OrangeryError(
      'rfbTooLong',
      `the console says it is ${width} x ${height}, which is out of bounds`,
    );
  }
  if (nameBytes > TEXT_BYTES_MAX) {
    throw new OrangeryError('rfbTooLong', `the console's name announces ${nameBytes} bytes`);
  }
  return { width, height, name: (yield nameBytes).toString('utf8') };
}
