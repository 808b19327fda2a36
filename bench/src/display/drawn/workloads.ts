import type { Rect } from '@orangery/rfb';
import type { Recording, Update } from '../recording.ts';
import { canvas, face, fill, numbers, part, photo, words, write } from './canvas.ts';

const [WIDTH, HEIGHT] = [1280, 800];
const SECONDS = 20;
const WHOLE: Rect = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

/** A long listing that runs through a terminal: 12 lines a step, 12 steps a second. */
function* terminal(): Generator<Update> {
  const [size, screen] = [{ width: 8, height: 16 }, canvas(WIDTH, HEIGHT)];
  const [letters, line] = [face(8, 16), words(3)];
  const paper = [20, 20, 20];
  const inks = [
    [220, 220, 220],
    [120, 220, 120],
    [230, 170, 90],
    [220, 220, 220],
  ];
  const box = { x: 40, y: 48, width: 1200, height: 704 };
  fill(screen, WHOLE, [96, 64, 40]);
  fill(screen, box, paper);
  yield { seconds: 0, parts: [part(screen, WHOLE)] };
  const rng = numbers(5);
  for (let step = 0; step < SECONDS * 12; step += 1) {
    const lines = 1 + Math.floor(rng.fraction() * 12);
    const moved = 16 * lines;
    for (let y = box.y; y < box.y + box.height - moved; y += 1) {
      const [to, from] = [3 * (y * WIDTH + box.x), 3 * ((y + moved) * WIDTH + box.x)];
      screen.pixels.copyWithin(to, from, from + 3 * box.width);
    }
    fill(screen, { ...box, y: box.y + box.height - moved, height: moved }, paper);
    for (let row = 0; row < lines; row += 1) {
      const at = { x: box.x, y: box.y + box.height - moved + 16 * row };
      const text = line(20 + Math.floor(rng.fraction() * 120));
      write(screen, letters, at, size, text, { paper, ink: inks[Math.floor(rng.fraction() * 4)] ?? [] });
    }
    yield { seconds: 1 + step / 12, parts: [part(screen, box)] };
  }
}

/** A page of text and photos under a browser's bar, scrolled by the wheel: each notch moves smoothly, in eight steps. */
function* page(): Generator<Update> {
  const view = { x: 0, y: 90, width: WIDTH - 14, height: HEIGHT - 90 };
  const length = 9_000;
  const whole = canvas(view.width, length);
  fill(whole, { x: 0, y: 0, width: view.width, height: length }, [255, 255, 255]);
  const [letters, line, rng] = [face(9, 20), words(17), numbers(23)];
  for (let y = 20, nth = 0; y < length - 500; nth += 1) {
    if (nth % 3 === 2) {
      const picture = photo(720, 400, nth);
      for (let row = 0; row < 400; row += 1)
        picture.pixels.copy(
          whole.pixels,
          3 * ((y + row) * whole.width + 60),
          3 * row * 720,
          3 * (row + 1) * 720,
        );
      const side = photo(300, 200, 1000 + nth);
      for (let row = 0; row < 200; row += 1)
        side.pixels.copy(
          whole.pixels,
          3 * ((y + row) * whole.width + 860),
          3 * row * 300,
          3 * (row + 1) * 300,
        );
      y += 430;
    } else {
      for (let row = 0; row < 12; row += 1, y += 26)
        write(
          whole,
          letters,
          { x: 60, y },
          { width: 9, height: 20 },
          line(60 + Math.floor(rng.fraction() * 40)),
          {
            paper: [255, 255, 255],
            ink: row === 0 ? [150, 60, 20] : [40, 40, 40],
          },
        );
      y += 24;
    }
  }
  const screen = canvas(WIDTH, HEIGHT);
  fill(screen, WHOLE, [235, 235, 235]);
  show(0);
  yield { seconds: 0, parts: [part(screen, WHOLE)] };
  let at = 0;
  let seconds = 1;
  for (let notch = 0; seconds < SECONDS; notch += 1) {
    const way = notch % 60 < 45 ? 120 : -120;
    for (let step = 0; step < 8; step += 1) {
      at = Math.max(0, Math.min(length - view.height, at + way / 8));
      show(at);
      yield { seconds, parts: [part(screen, { ...view, width: WIDTH })] };
      seconds += 0.033;
    }
    // Somebody reads now and then.
    seconds += notch % 6 === 5 ? 0.8 : 0.04;
  }

  function show(top: number): void {
    for (let row = 0; row < view.height; row += 1)
      whole.pixels.copy(
        screen.pixels,
        3 * (view.y + row) * WIDTH,
        3 * (top + row) * whole.width,
        3 * (top + row + 1) * whole.width,
      );
    fill(screen, { x: view.width, y: view.y, width: 14, height: view.height }, [225, 225, 225]);
    const thumb = Math.round((top / length) * view.height);
    fill(screen, { x: view.width + 2, y: view.y + thumb, width: 10, height: 56 }, [150, 150, 150]);
  }
}

/** A camera pans and shakes over a landscape where things move, in half of the screen, 25 times a second. */
function* video(): Generator<Update> {
  const box = { x: 40, y: 120, width: 800, height: 500 };
  const land = photo(2_000, 900, 77, 0);
  const cars = Array.from({ length: 5 }, (_, nth) => photo(90, 50, 200 + nth, 0));
  const screen = canvas(WIDTH, HEIGHT);
  fill(screen, WHOLE, [240, 240, 240]);
  const [letters, line] = [face(9, 20), words(29)];
  for (let y = 130; y < 700; y += 26)
    write(screen, letters, { x: 880, y }, { width: 9, height: 20 }, line(38), {
      paper: [240, 240, 240],
      ink: [40, 40, 40],
    });
  yield { seconds: 0, parts: [part(screen, WHOLE)] };
  const rng = numbers(31);
  for (let frame = 0; frame < SECONDS * 25; frame += 1) {
    const left = Math.round(600 + 590 * Math.sin(frame / 90) + 2 * rng.fraction());
    const top = Math.round(200 + 190 * Math.sin(frame / 60) + 2 * rng.fraction());
    const out = Buffer.alloc(3 * box.width * box.height);
    for (let y = 0; y < box.height; y += 1) {
      const from = 3 * ((top + y) * land.width + left);
      land.pixels.copy(out, 3 * y * box.width, from, from + 3 * box.width);
    }
    for (const [nth, car] of cars.entries()) {
      const x = Math.round((frame * (3 + nth) + 200 * nth) % (box.width - 90));
      for (let y = 0; y < 50; y += 1)
        car.pixels.copy(out, 3 * ((60 + 80 * nth + y) * box.width + x), 270 * y, 270 * (y + 1));
    }
    for (let at = 0; at < out.length; at += 3) {
      const noise = Math.round((rng.fraction() - 0.5) * 5);
      for (let channel = 0; channel < 3; channel += 1)
        out[at + channel] = Math.max(0, Math.min(255, (out[at + channel] ?? 0) + noise));
    }
    yield { seconds: 1 + frame / 25, parts: [{ rect: box, pixels: out }] };
  }
}

const recorded = (updates: () => Generator<Update>) => (): Recording => ({
  width: WIDTH,
  height: HEIGHT,
  updates: updates(),
});

/** Workloads that are drawn here, the same each time. Synthetic: letters of no language, landscapes of noise. */
export const drawnRecordings: Readonly<Record<string, () => Recording>> = {
  'drawn terminal': recorded(terminal),
  'drawn web page': recorded(page),
  'drawn video': recorded(video),
};
