import { ByteQueue } from './byte-queue.ts';
import { CLIENT_STRUCTS, type ClientMessage, type ClientStruct, type Refusal } from './client-messages.ts';
import { SECURITY_NONE } from './tables.ts';

/**
 * Reads what a client says, from its first byte, in whatever pieces it arrives.
 *
 *     version ──12──► security ──1──► init ──1──► messages ⟲
 *        └──────────────┴───────────────┴───────────┴──► failed (for good)
 *
 * Only the 3.7/3.8 handshake with security type None is taken: version 3.3 lets the server choose the type
 * alone, and every client of the last twenty years speaks 3.8.
 */
export type ClientPhase = 'version' | 'security' | 'init' | 'messages' | 'failed';

export type ClientEvent =
  | { kind: 'version'; minor: number; bytes: Buffer }
  | { kind: 'security'; type: number; bytes: Buffer }
  | { kind: 'init'; shared: boolean; bytes: Buffer }
  /** `bytes`: the message as it was on the wire, for whoever passes it on; only the head of a skipped one. */
  | { kind: 'message'; message: ClientMessage; bytes: Buffer };

export type ClientRefusal =
  | Refusal
  | { code: 'rfbUnsupportedVersion' | 'rfbUnsupportedSecurity'; reason: string };

const VERSION = /^RFB 003\.(\d{3})\n$/;
const VERSION_BYTES = 12;
const MINOR_MIN = 7;

export class ClientParser {
  #phase: ClientPhase;
  #refusal: ClientRefusal | undefined;
  #queue = new ByteQueue();
  /** Bytes of a message whose body nobody wants, still to come. */
  #skipBytes = 0;

  /** @param start `messages` when somebody else has made the handshake */
  constructor(start: 'version' | 'messages' = 'version') {
    this.#phase = start;
  }

  get phase(): ClientPhase {
    return this.#phase;
  }

  /** Bytes that wait for the rest of their message: bounded by the longest message that is kept. */
  get pendingBytes(): number {
    return this.#queue.length;
  }

  /**
   * Takes a chunk and tells each thing in it. `bytes` of an event are a view, good until `tell` returns.
   * Returns the refusal that ended the conversation, now or earlier.
   */
  push(chunk: Uint8Array, tell: (event: ClientEvent) => void): ClientRefusal | undefined {
    if (this.#phase === 'failed') return this.#refusal;
    this.#queue.push(chunk);
    while (this.#step(tell));
    return this.#refusal;
  }

  #step(tell: (event: ClientEvent) => void): boolean {
    if (this.#skipBytes > 0) this.#skipBytes -= this.#queue.skip(this.#skipBytes);
    if (this.#skipBytes > 0 || this.#queue.length === 0) return false;
    switch (this.#phase) {
      case 'version':
        return this.#version(tell);
      case 'security':
        return this.#security(tell);
      case 'init':
        return this.#init(tell);
      case 'messages':
        return this.#message(tell);
      case 'failed':
        break;
    }
    return false;
  }

  /** RFC 6143 7.1.1 ProtocolVersion Handshake. */
  #version(tell: (event: ClientEvent) => void): boolean {
    const bytes = this.#queue.take(VERSION_BYTES);
    if (bytes === undefined) return false;
    const minor = Number(VERSION.exec(bytes.toString('latin1'))?.[1]);
    if (!(minor >= MINOR_MIN)) {
      return this.#fail({
        code: 'rfbUnsupportedVersion',
        reason: 'the client does not speak RFB 3.7 or 3.8',
      });
    }
    this.#phase = 'security';
    tell({ kind: 'version', minor, bytes });
    return true;
  }

  /** RFC 6143 7.1.2 Security Handshake. */
  #security(tell: (event: ClientEvent) => void): boolean {
    const bytes = this.#queue.take(1);
    if (bytes === undefined) return false;
    const type = bytes.readUInt8(0);
    if (type !== SECURITY_NONE) {
      return this.#fail({ code: 'rfbUnsupportedSecurity', reason: `the client chose security type ${type}` });
    }
    this.#phase = 'init';
    tell({ kind: 'security', type, bytes });
    return true;
  }

  /** RFC 6143 7.3.1 ClientInit. */
  #init(tell: (event: ClientEvent) => void): boolean {
    const bytes = this.#queue.take(1);
    if (bytes === undefined) return false;
    this.#phase = 'messages';
    tell({ kind: 'init', shared: bytes.readUInt8(0) !== 0, bytes });
    return true;
  }

  #message(tell: (event: ClientEvent) => void): boolean {
    const type = this.#queue.peek(1)?.readUInt8(0) ?? 0;
    const struct: ClientStruct | undefined = CLIENT_STRUCTS[type];
    if (struct === undefined) {
      return this.#fail({ code: 'rfbUnknownMessage', reason: `client message type ${type} is not known` });
    }
    const head = this.#queue.peek(struct.headBytes);
    if (head === undefined) return false;
    const total = struct.totalBytes(head);
    if (typeof total !== 'number') return this.#fail(total);
    const bytes = this.#queue.take(struct.bodySkipped ? struct.headBytes : total);
    if (bytes === undefined) return false;
    const message = struct.decode(bytes);
    if ('code' in message && 'reason' in message) return this.#fail(message);
    if (struct.bodySkipped) this.#skipBytes = total - struct.headBytes;
    tell({ kind: 'message', message, bytes });
    return true;
  }

  #fail(refusal: ClientRefusal): false {
    this.#phase = 'failed';
    this.#refusal = refusal;
    this.#queue.clear();
    return false;
  }
}
