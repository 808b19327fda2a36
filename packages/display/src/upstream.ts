import type { Duplex } from 'node:stream';
import { type ClientEvent, ClientParser, encodeSetDesktopSize, isFrameSize } from '@orangery/rfb';

export type UpstreamPolicy = {
  /** Keys and pointer go through; without it a person only watches. */
  input: boolean;
  resize: boolean;
  /** The largest desktop; left out or null: any. */
  screenMax?: { width: number; height: number } | null;
};

/**
 * Browser to console. Each message is read for where it ends and whether it may pass, and then passes as it
 * was. The console thus always stands at the beginning of a message, and one of our own can be put in between.
 *
 * Dropped: cut texts (the clipboard goes another way, and only where it is allowed), audio (the gateway asks
 * for it itself), resizes out of bounds, input of who only watches. `shared` is always set: who may watch along
 * is decided before, not by the viewer's flag.
 */
export class Upstream {
  #console: Duplex;
  #policy: UpstreamPolicy;
  #parser = new ClientParser();
  #out: Buffer[] = [];
  bytes = 0;

  constructor(console: Duplex, policy: UpstreamPolicy) {
    this.#console = console;
    this.#policy = policy;
  }

  /** Whether the handshake is over, so that messages of our own may follow. */
  get ready(): boolean {
    return this.#parser.phase === 'messages';
  }

  /** Takes one WebSocket message. Tells what is wrong with it, or whether the console takes more now. */
  push(data: Buffer): { kind: 'refused'; reason: string } | { kind: 'taken'; more: boolean } {
    let changed = false;
    const refusal = this.#parser.push(data, (event) => {
      const bytes = this.#pass(event);
      if (bytes !== event.bytes) changed = true;
      if (bytes !== undefined) this.#out.push(bytes);
    });
    const out = this.#out;
    this.#out = [];
    if (refusal !== undefined) return { kind: 'refused', reason: `${refusal.code}: ${refusal.reason}` };
    if (out.length === 0) return { kind: 'taken', more: !this.#console.writableNeedDrain };
    // The usual message is whole and passes as the buffer it came in.
    const only = out.length === 1 ? out[0] : undefined;
    const whole = !changed && this.#parser.pendingBytes === 0 && sum(out) === data.length ? data : undefined;
    const bytes = whole ?? only ?? Buffer.concat(out);
    this.bytes += bytes.length;
    return { kind: 'taken', more: this.#console.write(bytes) };
  }

  /** Asks the console itself for a size: for machines without an agent. */
  setDesktopSize(width: number, height: number): void {
    if (this.ready && isFrameSize(width, height)) this.#console.write(encodeSetDesktopSize(width, height));
  }

  #pass(event: ClientEvent): Buffer | undefined {
    if (event.kind === 'init') return Buffer.from([1]);
    if (event.kind !== 'message') return event.bytes;
    const { message } = event;
    switch (message.name) {
      case 'clientCutText':
      case 'qemuAudio':
        return undefined;
      case 'keyEvent':
      case 'pointerEvent':
      case 'qemuExtendedKeyEvent':
        return this.#policy.input ? event.bytes : undefined;
      // Reset and shutdown of the machine are operations of the broker, not of a viewer.
      case 'xvp':
        return undefined;
      case 'setDesktopSize':
        return this.#policy.resize && this.#isAllowed(message) ? event.bytes : undefined;
      case 'setPixelFormat':
      case 'setEncodings':
      case 'framebufferUpdateRequest':
      case 'enableContinuousUpdates':
      case 'clientFence':
        return event.bytes;
    }
  }

  #isAllowed({ width, height }: { width: number; height: number }): boolean {
    const { screenMax } = this.#policy;
    return (
      isFrameSize(width, height) &&
      (screenMax === undefined ||
        screenMax === null ||
        (width <= screenMax.width && height <= screenMax.height))
    );
  }
}

function sum(buffers: readonly Buffer[]): number {
  let bytes = 0;
  for (const buffer of buffers) bytes += buffer.length;
  return bytes;
}
