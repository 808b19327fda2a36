import type { Rect } from '@orangery/rfb';
import { OrangeryError } from '@orangery/std';
import { copyWithin, createPicture, type Picture } from './picture.ts';

/** More parts than this are told as all of it. */
const DAMAGE_MAX = 256;

/** The console's picture as it is now, and what changed in it since somebody last took note. */
export class Screen {
  #picture: Picture;
  #damage: Rect[];

  constructor(width: number, height: number) {
    this.#picture = createPicture(width, height);
    this.#damage = [this.#whole()];
  }

  get picture(): Picture {
    return this.#picture;
  }

  /** Whether something changed that nobody took note of. */
  get changed(): boolean {
    return this.#damage.length > 0;
  }

  takeDamage(): Rect[] {
    const damage = this.#damage;
    this.#damage = [];
    return damage;
  }

  resize(width: number, height: number): void {
    this.#picture = createPicture(width, height);
    this.#damage = [this.#whole()];
  }

  /** Whole rows, 4 bytes a pixel: blue, green, red, unused. */
  draw(rect: Rect, pixels: Buffer): void {
    this.#note(rect);
    const { buffer } = this.#picture.pixels;
    const bytes = new Uint8Array(buffer);
    const rowBytes = 4 * rect.width;
    for (let row = 0; row < rect.height; row += 1) {
      const from = row * rowBytes;
      bytes.set(pixels.subarray(from, from + rowBytes), 4 * ((rect.y + row) * this.#picture.width + rect.x));
    }
  }

  copy(rect: Rect, fromX: number, fromY: number): void {
    this.#require({ ...rect, x: fromX, y: fromY });
    this.#note(rect);
    copyWithin(this.#picture, rect, fromX, fromY);
  }

  #note(rect: Rect): void {
    this.#require(rect);
    const last = this.#damage.at(-1);
    // A rectangle comes in pieces of some rows.
    if (
      last !== undefined &&
      last.x === rect.x &&
      last.width === rect.width &&
      last.y + last.height === rect.y
    )
      last.height += rect.height;
    else if (this.#damage.length < DAMAGE_MAX) this.#damage.push({ ...rect });
    else this.#damage = [this.#whole()];
  }

  #require({ x, y, width, height }: Rect): void {
    if (x + width <= this.#picture.width && y + height <= this.#picture.height) return;
    throw new OrangeryError(
      'rfbMalformed',
      `the console drew ${width} x ${height} at ${x}, ${y} of ${this.#picture.width} x ${this.#picture.height}`,
    );
  }

  #whole(): Rect {
    return { x: 0, y: 0, width: this.#picture.width, height: this.#picture.height };
  }
}
