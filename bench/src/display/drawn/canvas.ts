import type { Rect } from '@orangery/rfb';

/** The same numbers from 0 to 1 each time (mulberry32). */
export function numbers(seed: number): { fraction: () => number } {
  let state = seed;
  return {
    fraction: () => {
      state = (state + 0x6d_2b_79_f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

/** 3 bytes a pixel: blue, green, red. */
export type Canvas = { width: number; height: number; pixels: Buffer };

export const canvas = (width: number, height: number): Canvas => ({
  width,
  height,
  pixels: Buffer.alloc(3 * width * height),
});

export function part({ width, pixels }: Canvas, rect: Rect): { rect: Rect; pixels: Buffer } {
  const out = Buffer.alloc(3 * rect.width * rect.height);
  for (let y = 0; y < rect.height; y += 1) {
    const from = 3 * ((rect.y + y) * width + rect.x);
    pixels.copy(out, 3 * y * rect.width, from, from + 3 * rect.width);
  }
  return { rect, pixels: out };
}

export function fill({ width, pixels }: Canvas, rect: Rect, colour: readonly number[]): void {
  for (let y = rect.y; y < rect.y + rect.height; y += 1)
    for (let x = rect.x; x < rect.x + rect.width; x += 1) pixels.set(colour, 3 * (y * width + x));
}

/** A face of 96 letters, each a few strokes with smooth edges: what a screen's text is made of, in no language. */
export function face(width: number, height: number): Uint8Array[] {
  const rng = numbers(11);
  return Array.from({ length: 96 }, () => {
    const letter = new Uint8Array(width * height);
    for (let stroke = 0; stroke < 3; stroke += 1) {
      let [x, y] = [1 + rng.fraction() * (width - 3), 2 + rng.fraction() * (height - 6)];
      const [dx, dy] = [rng.fraction() * 2 - 1, rng.fraction() * 2 - 1];
      for (let step = 0; step < height; step += 1, x += dx / 2, y += dy / 2) {
        const [left, top] = [Math.floor(x), Math.floor(y)];
        if (left < 0 || top < 0 || left >= width - 1 || top >= height) break;
        const at = top * width + left;
        letter[at] = Math.min(255, (letter[at] ?? 0) + 200 * (1 - (x - left)));
        letter[at + 1] = Math.min(255, (letter[at + 1] ?? 0) + 200 * (x - left));
      }
    }
    return letter;
  });
}

type Ink = { paper: readonly number[]; ink: readonly number[] };

export function write(
  to: Canvas,
  letters: readonly Uint8Array[],
  at: { x: number; y: number },
  size: { width: number; height: number },
  text: readonly number[],
  { paper, ink }: Ink,
): void {
  for (const [index, code] of text.entries()) {
    const letter = letters[code % letters.length];
    const left = at.x + index * size.width;
    if (letter === undefined || left + size.width > to.width) continue;
    for (let y = 0; y < size.height && at.y + y < to.height; y += 1) {
      for (let x = 0; x < size.width; x += 1) {
        const cover = (letter[y * size.width + x] ?? 0) / 255;
        const pixel = 3 * ((at.y + y) * to.width + left + x);
        for (let channel = 0; channel < 3; channel += 1)
          to.pixels[pixel + channel] = Math.round(
            (paper[channel] ?? 0) * (1 - cover) + (ink[channel] ?? 0) * cover,
          );
      }
    }
  }
}

/** Words as they come: few of them often, most of them seldom. Code 0 is no letter. */
export function words(seed: number): (length: number) => number[] {
  const rng = numbers(seed);
  const known = Array.from({ length: 800 }, () =>
    Array.from({ length: 2 + Math.floor(rng.fraction() * 9) }, () => 1 + Math.floor(rng.fraction() * 26)),
  );
  return (length) => {
    const line: number[] = [];
    while (line.length < length) line.push(...(known[Math.floor(800 * rng.fraction() ** 3)] ?? []), 0);
    return line.slice(0, length);
  };
}

/** A landscape as a camera sees it: large shapes, small ones, and the grain of its sensor. */
export function photo(width: number, height: number, seed: number, grain = 6): Canvas {
  const rng = numbers(seed);
  const out = canvas(width, height);
  const layers = [160, 60, 22, 8, 3].map((cell, index) => ({
    cell,
    weight: 0.55 ** index,
    points: lattice(cell),
  }));
  const tints = [0, 1, 2].map(() => 0.5 + rng.fraction());
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let value = 0;
      for (const { cell, weight, points } of layers) value += weight * smooth(points, x / cell, y / cell);
      const noise = (rng.fraction() - 0.5) * grain;
      for (let channel = 0; channel < 3; channel += 1) {
        const light = 30 + 105 * value * (tints[channel] ?? 1) + noise + (60 * (height - y)) / height;
        out.pixels[3 * (y * width + x) + channel] = Math.max(0, Math.min(255, Math.round(light)));
      }
    }
  }
  return out;

  function lattice(cell: number): { columns: number; values: Float32Array } {
    const [columns, rows] = [Math.ceil(width / cell) + 2, Math.ceil(height / cell) + 2];
    return { columns, values: Float32Array.from({ length: columns * rows }, () => rng.fraction()) };
  }
}

function smooth(
  { columns, values }: { columns: number; values: Float32Array },
  x: number,
  y: number,
): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const ease = (part: number): number => part * part * (3 - 2 * part);
  const [a, b] = [ease(x - left), ease(y - top)];
  const at = top * columns + left;
  const value = (offset: number): number => values[at + offset] ?? 0;
  return (
    (value(0) * (1 - a) + value(1) * a) * (1 - b) + (value(columns) * (1 - a) + value(columns + 1) * a) * b
  );
}
