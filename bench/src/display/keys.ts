import { connect } from 'node:net';
import { encodeKeyEvent } from '@orangery/rfb';
import { systemClock } from '@orangery/std';
import { against, median, type Row } from '../document.ts';
import { numbers } from './drawn/canvas.ts';
import { Stage } from './stage.ts';
import { TightViewer } from './tight.ts';
import { watch } from './watcher.ts';

const KEYS = 25;
/** People pause; QEMU's timer slows down meanwhile. */
const GAP_MS = { least: 100, most: 2_000 };
const CARET = { x: 200, y: 200, width: 16, height: 16 };
const WAIT_MS_MAX = 10_000;
/** A letter, as a keysym. */
const LETTER = 0x61;

type End = { send: (bytes: Buffer) => void; close: () => void };

/**
 * From a key to the update that shows it, on a QEMU whose guest draws at once: what is left is QEMU, the line (none) and what stands
 * between them. One viewer at a time, as what one does with QEMU's timer is felt by the other.
 */
export async function benchKeys(): Promise<Row[]> {
  const stage = await Stage.open(1280, 800);
  try {
    const tight = await keysToPixels(stage, (updated) => {
      const stream = connect(stage.console);
      const viewer = new TightViewer(stream, updated);
      return { send: (bytes) => viewer.send(bytes), close: () => stream.destroy() };
    });
    const ours = await keysToPixels(stage, (updated) => watch(connect(stage.console), updated));
    const peerName = 'noVNC’s Tight on the same QEMU';
    const row = (name: string, of: (times: readonly number[]) => number, least: number): Row =>
      against(name, 'ms', { ours: of(ours), peer: of(tight), peerName, higherIsBetter: false }, least);
    return [row('keyToPixelP50Ms', median, 1.5), row('keyToPixelP95Ms', p95, 1.5)];
  } finally {
    await stage.close();
  }
}

const p95 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(0.95 * times.length)] ?? Infinity;

async function keysToPixels(stage: Stage, open: (updated: () => void) => End): Promise<number[]> {
  let updated = (): void => {};
  const end = open(() => updated());
  const guest = new AbortController();
  const drawing = drawForKeys(stage, guest.signal);
  const gaps = numbers(3);
  const times: number[] = [];
  try {
    await systemClock.sleep(GAP_MS.most);
    for (let key = 0; key < KEYS; key += 1) {
      await systemClock.sleep(GAP_MS.least + gaps.fraction() * (GAP_MS.most - GAP_MS.least));
      const start = performance.now();
      const shown = new Promise<void>((resolve) => (updated = resolve));
      end.send(encodeKeyEvent(true, LETTER));
      await Promise.race([shown, systemClock.sleep(WAIT_MS_MAX)]);
      times.push(performance.now() - start);
      updated = (): void => {};
      end.send(encodeKeyEvent(false, LETTER));
    }
    return times;
  } finally {
    guest.abort();
    await drawing;
    end.close();
  }
}

/** The guest: a key that goes down changes the caret's place at once; one that comes up changes nothing. */
async function drawForKeys(stage: Stage, signal: AbortSignal): Promise<void> {
  for (let shade = 1; !signal.aborted;) {
    const code = await stage.key();
    if (code === undefined) await systemClock.sleep(1);
    else if ((code & 0x80) === 0) {
      shade += 1;
      const pixels = Buffer.alloc(3 * CARET.width * CARET.height, (17 * shade) & 0xff);
      await stage.draw({ seconds: 0, parts: [{ rect: CARET, pixels }] });
    }
  }
}
