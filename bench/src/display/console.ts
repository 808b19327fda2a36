import { createServer, type Socket } from 'node:net';
import {
  ClientParser,
  encodeQemuAudioAcknowledged,
  encodeRawRect,
  encodeUpdateHead,
  type Rect,
  SERVER_HANDSHAKE,
} from '@orangery/rfb';
import { systemClock } from '@orangery/std';
import { readRecording } from './recording.ts';

/**
 * A console in a process of its own, that plays a recording to each who comes, again and again, at the pace at which it was recorded:
 * `console.ts RECORDING SOCKET`. Says what a late one missed in one update, as QEMU does.
 */
const [path = '', socket = ''] = process.argv.slice(2);
const { width, height, updates } = await readRecording(path);
/** Drawn once for all. */
const drawn = [...updates].map(({ seconds, parts }) => ({
  ms: 1000 * seconds,
  rects: parts.map(({ rect, pixels }) => ({ rect, bytes: encodeRawRect(rect, padded(pixels)) })),
}));
const lastMs = drawn.at(-1)?.ms ?? 0;
const WHOLE: Rect = { x: 0, y: 0, width, height };

function padded(pixels: Buffer): Buffer {
  const out = Buffer.alloc((pixels.length / 3) * 4);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) pixels.copy(out, to, from, from + 3);
  return out;
}

/** `from`: how far into the recording this one begins, so that many do not move together. */
function play(to: Socket, from: number): void {
  const parser = new ClientParser();
  let waiting: Buffer[] = [encodeRawRect(WHOLE, Buffer.alloc(4 * width * height))];
  let asked = false;
  let cancel = (): void => {};
  const say = (): void => {
    if (!asked || waiting.length === 0) return;
    asked = false;
    const said = waiting.splice(0, 1_000);
    to.write(Buffer.concat([encodeUpdateHead(said.length), ...said]));
  };
  const next = (at: number, startMs: number): void => {
    const update = drawn[at];
    if (update === undefined) {
      next(0, startMs + lastMs + 1_000);
      return;
    }
    cancel = systemClock.after(Math.max(0, startMs + update.ms - systemClock.monotonicMs()), () => {
      // Who reads nothing misses it.
      if (waiting.length < 1_000) waiting.push(...update.rects.map(({ bytes }) => bytes));
      say();
      next(at + 1, startMs);
    });
  };
  to.write(SERVER_HANDSHAKE.greeting());
  to.on('data', (bytes) =>
    parser.push(bytes, (event) => {
      if (event.kind === 'version') to.write(SERVER_HANDSHAKE.securityTypes());
      else if (event.kind === 'security') to.write(SERVER_HANDSHAKE.securityResult());
      else if (event.kind === 'init') {
        to.write(SERVER_HANDSHAKE.init(width, height, 'a recording'));
        waiting.push(encodeQemuAudioAcknowledged());
        const first = drawn.findIndex(({ ms }) => ms >= from * lastMs);
        next(first, systemClock.monotonicMs() - (drawn[first]?.ms ?? 0));
      } else if (event.message.name === 'framebufferUpdateRequest') {
        asked = true;
        say();
      }
    }),
  );
  to.on('error', () => {});
  to.on('close', () => cancel());
}

let guests = 0;
createServer((to) => {
  guests += 1;
  play(to, (guests * 0.618) % 1);
}).listen(socket, () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit(0)).resume();
