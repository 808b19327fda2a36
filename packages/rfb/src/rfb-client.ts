import type { Duplex } from 'node:stream';
import { type Clock, messageOf, OrangeryError, systemClock, withDeadline } from '@orangery/std';
import {
  encodeKeyEvent,
  encodePointerEvent,
  encodeQemuKeyEvent,
  encodeSetDesktopSize,
  encodeSetEncodings,
  encodeSetPixelFormat,
  encodeUpdateRequest,
  pixelFormatBgrx,
} from './client-encode.ts';
import { isFrameSize, type Rect } from './client-messages.ts';
import { type Colour, copyRows, createFrame, drawRows, type Frame, pixelAt } from './frame.ts';
import { CLIENT_BACKLOG_BYTES_MAX } from './limits.ts';
import { type ServerEvent, ServerParser, type ServerStage } from './server-parser.ts';
import {
  lost,
  type ResizeOutcome,
  resizeOutcome,
  type RfbClientOptions,
  type Update,
  VIEWER_ENCODINGS,
} from './viewing.ts';

type Waiter<T> = PromiseWithResolvers<T>;

/**
 * A viewer without eyes: keeps the console's picture in memory, for tests, benches and for deciding that a
 * desktop is there. What arrives is drawn at once and nothing is queued, so a slow caller costs no memory.
 *
 *     connecting ─► open ─► closed (`closed` resolves with the error; every wait rejects with it)
 */
export class RfbClient {
  /** Resolves when the connection is over: with undefined after `close()`, else with why. */
  readonly closed: Promise<OrangeryError | undefined>;
  #stream: Duplex;
  #clock: Clock;
  #resizeTimeoutMs: number;
  #parser: ServerParser;
  #stage: ServerStage = 'version';
  #frame: Frame = { width: 0, height: 0, pixels: Buffer.alloc(0) };
  #name = '';
  #updates = 0;
  #qemuKeys = false;
  #resizable = false;
  #over = false;
  #init = Promise.withResolvers<void>();
  #closing = Promise.withResolvers<OrangeryError | undefined>();
  #updateWaiters = new Set<Waiter<Update>>();
  #resizeWaiters: Waiter<ResizeOutcome>[] = [];
  #listeners = new Set<(update: Update) => void>();

  private constructor(stream: Duplex, options: RfbClientOptions) {
    this.#stream = stream;
    this.#clock = options.clock ?? systemClock;
    this.#resizeTimeoutMs = options.resizeTimeoutMs ?? 5000;
    this.closed = this.#closing.promise;
    this.#init.promise.catch(() => {});
    this.#parser = new ServerParser((event) => this.#on(event));
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.once('error', (error) =>
      this.#end(lost(`the console's connection failed: ${messageOf(error)}`, error)),
    );
    stream.once('end', () => this.#end(lost(`the console ended the connection during ${this.#stage}`)));
    stream.once('close', () => this.#end(lost(`the console's connection closed during ${this.#stage}`)));
  }

  /** Makes the handshake over `stream`, which it owns from now on. Rejects with a coded error; see ServerParser. */
  static async connect(stream: Duplex, options: RfbClientOptions = {}): Promise<RfbClient> {
    const client = new RfbClient(stream, options);
    try {
      const ms = options.connectTimeoutMs ?? 10_000;
      await withDeadline(client.#clock, ms, "the console's handshake", () => client.#init.promise);
    } catch (thrown) {
      const stage = client.#stage;
      client.#end(undefined);
      if (!(thrown instanceof OrangeryError) || thrown.code !== 'deadlineExceeded') throw thrown;
      throw new OrangeryError('deadlineExceeded', `${thrown.message}; it was silent at ${stage}`, {
        cause: thrown,
      });
    }
    return client;
  }

  get size(): { width: number; height: number } {
    return { width: this.#frame.width, height: this.#frame.height };
  }

  get name(): string {
    return this.#name;
  }

  get updates(): number {
    return this.#updates;
  }

  /** Whether the server said that it takes SetDesktopSize: known after its first updates. */
  get resizable(): boolean {
    return this.#resizable;
  }

  /** The picture as it is now. Another one after a resize; the same buffer changes with each update. */
  get frame(): Frame {
    return this.#frame;
  }

  pixel(x: number, y: number): Colour {
    return pixelAt(this.#frame, x, y);
  }

  requestUpdate(incremental = true, rect: Rect = { x: 0, y: 0, ...this.size }): void {
    this.#send(encodeUpdateRequest(incremental, rect));
  }

  /** The next update that ends after this call. Ask for it with `requestUpdate`, before or after. */
  nextUpdate(timeoutMs = 10_000): Promise<Update> {
    return this.#wait(this.#updateWaiters, timeoutMs, "the console's next update");
  }

  /** Calls `listener` at the end of each update; returns how to stop. */
  onUpdate(listener: (update: Update) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param scancode XT set 1; sent in QEMU's way when the server knows it, so that the layout is the guest's */
  sendKey(keysym: number, down: boolean, scancode?: number): void {
    const qemu = this.#qemuKeys && scancode !== undefined;
    this.#send(qemu ? encodeQemuKeyEvent(down, keysym, scancode) : encodeKeyEvent(down, keysym));
  }

  /** @param buttons bit 0 left, 1 middle, 2 right, 3 and 4 wheel */
  sendPointer(x: number, y: number, buttons = 0): void {
    this.#send(encodePointerEvent(x, y, buttons));
  }

  async setDesktopSize(width: number, height: number): Promise<ResizeOutcome> {
    if (!isFrameSize(width, height)) return { kind: 'refused', reason: 'outOfBounds' };
    if (!this.#resizable) return { kind: 'refused', reason: 'notSupported' };
    const waiter = Promise.withResolvers<ResizeOutcome>();
    this.#resizeWaiters.push(waiter);
    this.#send(encodeSetDesktopSize(width, height));
    return withDeadline(
      this.#clock,
      this.#resizeTimeoutMs,
      "the console's answer to a resize",
      () => waiter.promise,
    );
  }

  close(): void {
    this.#end(undefined);
  }

  async #wait<T>(waiters: Set<Waiter<T>>, timeoutMs: number, what: string): Promise<T> {
    if (this.#over) throw lost('the connection to the console is over');
    const waiter = Promise.withResolvers<T>();
    waiters.add(waiter);
    try {
      return await withDeadline(this.#clock, timeoutMs, what, () => waiter.promise);
    } finally {
      waiters.delete(waiter);
    }
  }

  #read(chunk: Buffer): void {
    try {
      if (!this.#over) this.#parser.push(chunk);
    } catch (thrown) {
      this.#end(thrown instanceof OrangeryError ? thrown : lost(messageOf(thrown), thrown));
    }
  }

  #on(event: ServerEvent): void {
    if (this.#over) return;
    switch (event.kind) {
      case 'send':
        this.#stage = event.stage;
        this.#send(event.bytes);
        break;
      case 'init':
        this.#stage = 'messages';
        this.#name = event.name;
        this.#frame = createFrame(event.width, event.height);
        this.#send(
          Buffer.concat([encodeSetPixelFormat(pixelFormatBgrx()), encodeSetEncodings(VIEWER_ENCODINGS)]),
        );
        this.#init.resolve();
        break;
      case 'rows':
        drawRows(this.#frame, event.rect, event.pixels);
        break;
      case 'copied':
        copyRows(this.#frame, event.rect, event.fromX, event.fromY);
        break;
      case 'resized':
        this.#resized(event);
        break;
      case 'extendedKeys':
        this.#qemuKeys = true;
        break;
      case 'audio':
        break;
      case 'updateEnds':
        this.#updated(event.rectangles);
        break;
      case 'updateBegins':
      case 'cursor':
      case 'bell':
        break;
    }
  }

  #resized(event: Extract<ServerEvent, { kind: 'resized' }>): void {
    const { width, height, status } = event;
    if (width !== this.#frame.width || height !== this.#frame.height)
      this.#frame = createFrame(width, height);
    if (!event.extended) return;
    this.#resizable = true;
    if (!event.byUs) return;
    this.#resizeWaiters.shift()?.resolve(resizeOutcome(width, height, status));
  }

  #updated(rectangles: number): void {
    this.#updates += 1;
    const update = { number: this.#updates, rectangles };
    for (const waiter of this.#updateWaiters) waiter.resolve(update);
    this.#updateWaiters.clear();
    for (const listener of this.#listeners) listener(update);
  }

  #send(bytes: Buffer): void {
    if (this.#over) return;
    this.#stream.write(bytes);
    if (this.#stream.writableLength <= CLIENT_BACKLOG_BYTES_MAX) return;
    this.#end(new OrangeryError('rfbPeerNotReading', 'the console does not read what it is sent'));
  }

  #end(reason: OrangeryError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    const error = reason ?? lost('the connection to the console was closed');
    this.#init.reject(error);
    for (const waiter of [...this.#updateWaiters, ...this.#resizeWaiters]) {
      waiter.promise.catch(() => {});
      waiter.reject(error);
    }
    this.#updateWaiters.clear();
    this.#resizeWaiters = [];
    this.#listeners.clear();
    // A stream that is destroyed may still report an error; nobody is left to hear it.
    this.#stream.on('error', () => {});
    this.#stream.destroy();
    this.#closing.resolve(reason);
  }
}
