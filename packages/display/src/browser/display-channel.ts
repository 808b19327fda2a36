import { encodeControl, parseServerControl, type ServerControl } from '../wire.ts';
import { Unpacker } from './unpacker.ts';
import type { CloseLike, MessageLike, WebSocketLike } from './web-socket-like.ts';

export type DisplayChannelOptions = {
  /** One-time permission from the broker; sent as soon as the WebSocket is open. */
  ticket: string;
  /** Everything the gateway says apart from the picture: `opened`, clipboard, pong, notices, `closed`. */
  oncontrol?: (message: ServerControl) => void;
};

export type ChannelState = 'connecting' | 'open' | 'closing' | 'closed';

/** The picture begins with 12 bytes; a viewer that takes longer than this to listen is not one. */
const EARLY_BYTES_MAX = 4 * 1024 * 1024;

const SOCKET_CONNECTING = 0;
const SOCKET_OPEN = 1;
const SOCKET_CLOSING = 2;

/**
 * A WebSocket to the gateway, seen as the raw channel that noVNC's `new RFB(target, channel)` takes: binary goes
 * to noVNC, text to `oncontrol`. noVNC looks for each of its members on the object or on its class itself.
 *
 *     connecting ─ WebSocket open: ticket sent ─ "opened" ─► open ─ close() ─► closing ─► closed
 *
 * noVNC may be given the channel before or after it is open; what came before it listened is kept for it.
 */
export class DisplayChannel {
  binaryType = 'arraybuffer';
  onopen: (() => void) | null = null;
  onclose: ((event: CloseLike) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  oncontrol: ((message: ServerControl) => void) | null;
  /** Why the gateway ended the session, once it said so. */
  closedBecause: { code: string; reason: string } | undefined;
  #socket: WebSocketLike;
  #opened = false;
  #listener: ((event: MessageLike) => void) | null = null;
  #early: ArrayBuffer[] = [];
  #earlyBytes = 0;
  #unpacker: Unpacker | undefined;
  #seenBytes = 0;

  constructor(socket: WebSocketLike, options: DisplayChannelOptions) {
    this.#socket = socket;
    this.oncontrol = options.oncontrol ?? null;
    socket.binaryType = 'arraybuffer';
    const open = (): void => socket.send(encodeControl({ type: 'open', ticket: options.ticket }));
    if (socket.readyState === SOCKET_OPEN) open();
    else socket.addEventListener('open', open);
    socket.addEventListener('message', (event: MessageLike) => this.#receive(event.data));
    socket.addEventListener('close', (event: CloseLike) => {
      this.#early = [];
      this.onclose?.(event);
    });
    socket.addEventListener('error', (event: unknown) => this.onerror?.(event));
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get readyState(): ChannelState {
    const { readyState } = this.#socket;
    if (readyState === SOCKET_CONNECTING) return 'connecting';
    if (readyState === SOCKET_OPEN) return this.#opened ? 'open' : 'connecting';
    return readyState === SOCKET_CLOSING ? 'closing' : 'closed';
  }

  /** All that came of the picture, as it went over the line. */
  get pictureBytes(): number {
    return this.#seenBytes;
  }

  /** Bytes that the browser has not sent yet. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get onmessage(): ((event: MessageLike) => void) | null {
    return this.#listener;
  }

  /** Whoever listens gets first what came before, after the present turn: noVNC is then attached. */
  set onmessage(listener: ((event: MessageLike) => void) | null) {
    this.#listener = listener;
    if (listener !== null && this.#early.length > 0) queueMicrotask(() => this.#deliverEarly());
  }

  /** RFB bytes, from noVNC. Its buffer is used again at once; a WebSocket copies what it is given. */
  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.readyState === 'open') this.#socket.send(data);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** Text for the machine's clipboard. */
  sendClipboard(text: string): void {
    this.#say(encodeControl({ type: 'clipboard', text }));
  }

  /** The size the desktop should have, in its own pixels. */
  sendResize(width: number, height: number, scale?: number): void {
    const resize = { type: 'resize' as const, width, height };
    this.#say(encodeControl(scale === undefined ? resize : { ...resize, scale }));
  }

  /** Answered by `pong` with the same number: the round trip to the gateway. */
  sendPing(at: number): void {
    this.#say(encodeControl({ type: 'ping', at }));
  }

  #say(json: string): void {
    if (this.readyState === 'open') this.#socket.send(json);
  }

  #receive(data: unknown): void {
    if (typeof data === 'string') this.#control(data);
    else if (data instanceof ArrayBuffer) this.#unpack(data);
  }

  #unpack(data: ArrayBuffer): void {
    if (this.#unpacker === undefined) {
      this.#picture(data);
      return;
    }
    try {
      this.#unpacker.push(new Uint8Array(data));
      this.#seenBytes += data.byteLength;
      this.#say(encodeControl({ type: 'seen', bytes: this.#seenBytes }));
    } catch (error) {
      this.onerror?.(error);
      this.#socket.close();
    }
  }

  #picture(data: ArrayBuffer): void {
    if (this.#listener !== null && this.#early.length === 0) {
      this.#listener({ data });
      return;
    }
    this.#early.push(data);
    this.#earlyBytes += data.byteLength;
    if (this.#earlyBytes > EARLY_BYTES_MAX) this.#socket.close();
  }

  #deliverEarly(): void {
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const data of early) this.#listener?.({ data });
  }

  #control(json: string): void {
    const message = parseServerControl(json);
    if (message === undefined) return;
    if (message.type === 'closed') this.closedBecause = { code: message.code, reason: message.reason };
    const opens = message.type === 'opened' && !this.#opened;
    if (opens) this.#opened = true;
    if (opens && message.packed) {
      // What is told is a view of what the unpacker keeps.
      this.#unpacker = new Unpacker((bytes) => this.#picture(bytes.slice().buffer));
    }
    this.oncontrol?.(message);
    if (opens) this.onopen?.();
  }
}
