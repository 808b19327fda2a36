import { type Duplex, duplexPair } from 'node:stream';
import { FrameReader } from '../wire/frames.ts';
import { decodeHeader, encodeMessage, type Message, messageTypes, statuses } from '../wire/message.ts';
import type { XdrWriter } from '../xdr/writer.ts';

/** The daemon's side of a connection, in process: it shows what came and answers what the test tells it to. */
export class FakeDaemon {
  readonly received: Message[] = [];
  /** The client's side. */
  readonly socket: Duplex;
  readonly #own: Duplex;
  readonly #pieceBytes: number;

  /** @param pieceBytes what is sent goes out in pieces of so many bytes */
  constructor(options: { pieceBytes?: number } = {}) {
    const [socket, own] = duplexPair();
    this.socket = socket;
    this.#own = own;
    this.#pieceBytes = options.pieceBytes ?? Infinity;
    const frames = new FrameReader();
    own.on('data', (chunk: Buffer) => frames.push(chunk, (frame) => this.received.push(decodeHeader(frame))));
    own.on('error', () => {});
  }

  /** Messages of the client, after everything that is under way has arrived. */
  async messages(): Promise<Message[]> {
    await settled();
    return this.received;
  }

  async send(bytes: Buffer): Promise<void> {
    const piece = Math.min(this.#pieceBytes, bytes.length);
    for (let at = 0; at < bytes.length; at += piece) {
      this.#own.write(bytes.subarray(at, at + piece));
      if (piece < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    }
    await settled();
  }

  async reply(to: Message, write?: (writer: XdrWriter) => void, status: number = statuses.ok): Promise<void> {
    const { program, procedure, serial } = to;
    await this.send(encodeMessage({ program, procedure, serial, type: messageTypes.reply, status }, write));
  }

  async hangUp(): Promise<void> {
    this.#own.destroy();
    await settled();
  }
}

/** Lets streams and promises of this process run until nothing more happens by itself. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
