import type { Clock } from '@orangery/std';
import { type Part, together } from './encoder.ts';
import { Pace } from './pace.ts';
import { Packer } from './packer.ts';

export type OutletPorts = {
  clock: Clock;
  /** One message for the viewer, in memory of its own. */
  send: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** There is room again. */
  room: () => void;
  failed: (error: unknown) => void;
};

/** What updates packed to lately counts so much more than what they did before. */
const FADES = 0.9;
const FIRST_BYTES_A_PIXEL = 0.4;
/** The least that an update may say: a whole caret, a line of text. */
const PIXELS_MIN = 64 * 64;

/** The viewer's end of a delivery: what it is told is packed, cut into messages and sent no faster than its line carries. */
export class Outlet {
  readonly #ports: OutletPorts;
  readonly #packer = new Packer();
  readonly #pace = new Pace();
  #waiting: Part[] = [];
  #waitingPixels = 0;
  #packing = false;
  #closed = false;
  #pixels = 0;
  #packed = 0;

  constructor(ports: OutletPorts) {
    this.#ports = ports;
  }

  get pace(): Pace {
    return this.#pace;
  }

  /** How many pixels an update may tell now; 0 until `room` is called. */
  get pixels(): number {
    if (this.#packing || this.#waiting.length > 0 || !this.#pace.hasRoom) return 0;
    const bytesAPixel = this.#pixels === 0 ? FIRST_BYTES_A_PIXEL : this.#packed / this.#pixels;
    return Math.max(PIXELS_MIN, Math.floor(this.#pace.updateBytes / bytesAPixel));
  }

  say(parts: readonly Part[], pixels: number): void {
    this.#waiting.push(...parts);
    this.#waitingPixels += pixels;
    if (!this.#packing) void this.#pack();
  }

  /** The viewer has all up to `total` bytes. */
  acknowledged(total: number): void {
    this.#pace.acknowledged(total, this.#ports.clock.monotonicMs());
    if (this.pixels > 0) this.#ports.room();
  }

  close(): void {
    this.#closed = true;
    this.#packer.close();
  }

  async #pack(): Promise<void> {
    this.#packing = true;
    try {
      while (this.#waiting.length > 0 && !this.#closed) {
        const [parts, pixels] = [this.#waiting, this.#waitingPixels];
        this.#waiting = [];
        this.#waitingPixels = 0;
        const bytes = await together(parts);
        if (this.#closed) return;
        // One that was closed meanwhile answers no more.
        const packed = await this.#packer.pack(bytes);
        if (this.#closed) return;
        if (pixels > 0) {
          this.#pixels = FADES * this.#pixels + pixels;
          this.#packed = FADES * this.#packed + packed.length;
        }
        this.#send(packed);
      }
      this.#packing = false;
      if (this.pixels > 0) this.#ports.room();
    } catch (error) {
      this.#packing = false;
      if (!this.#closed) this.#ports.failed(error);
    }
  }

  #send(packed: Buffer): void {
    const { pieceBytes } = this.#pace;
    for (let at = 0; at < packed.length; at += pieceBytes) {
      const piece = new Uint8Array(packed.subarray(at, at + pieceBytes));
      this.#pace.sent(piece.length, this.#ports.clock.monotonicMs());
      this.#ports.send(piece);
    }
  }
}
