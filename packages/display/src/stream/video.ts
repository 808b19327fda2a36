import { type ChildProcess, spawn } from 'node:child_process';
import type { Rect } from '@orangery/rfb';
import { type Clock, systemClock } from '@orangery/std';
import { FlvReader, type VideoPicture } from './flv.ts';
import type { Picture } from './picture.ts';

/** A picture takes some 10 ms, the first some 100; who takes longer is hung. */
const PICTURE_MS_MAX = 2_000;
/** Of one thread: each takes a good part of a processor. Beyond, stills do. */
const VIDEOS_MAX = 2;

let running = 0;
/** Where there is no ffmpeg there will be none. */
let missing = false;

/** Whether another video may begin. */
export function mayEncodeVideo(): boolean {
  return !missing && running < VIDEOS_MAX;
}

/**
 * One video: pictures of one size in, H.264 out, one for each, by a process of ffmpeg that ends with its input. It is not linked
 * with, has no network and no file, and is killed by its id when it takes too long.
 */
export class VideoEncoder {
  readonly width: number;
  readonly height: number;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #waiting: PromiseWithResolvers<VideoPicture | undefined>[] = [];
  #over = false;

  constructor({ width, height }: Rect, bitsPerS: number, clock: Clock = systemClock) {
    this.width = width;
    this.height = height;
    this.#clock = clock;
    running += 1;
    this.#child = spawn('ffmpeg', argumentsOf(width, height, bitsPerS), {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const reader = new FlvReader((picture) => this.#waiting.shift()?.resolve(picture));
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      try {
        reader.push(bytes);
      } catch {
        this.close();
      }
    });
    this.#child.stdin?.on('error', () => this.close());
    this.#child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') missing = true;
      this.close();
    });
    this.#child.on('exit', () => this.close());
  }

  get over(): boolean {
    return this.#over;
  }

  /** Nothing where it could not be done; the encoder is over then. */
  encode(picture: Picture, rect: Rect): Promise<VideoPicture | undefined> {
    if (this.#over) return Promise.resolve(undefined);
    const waiting = Promise.withResolvers<VideoPicture | undefined>();
    this.#waiting.push(waiting);
    const cancel = this.#clock.after(PICTURE_MS_MAX, () => this.close());
    this.#child.stdin?.write(bytesOf(picture, rect));
    return waiting.promise.finally(cancel);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    running -= 1;
    this.#child.kill('SIGKILL');
    for (const each of this.#waiting.splice(0)) each.resolve(undefined);
  }
}

/** One slice a picture, none ahead: what goes in comes out at once. Nothing of it stays, so it may be coarse. */
function argumentsOf(width: number, height: number, bitsPerS: number): string[] {
  const quiet = '-hide_banner -loglevel quiet -nostats -probesize 32 -analyzeduration 0';
  const input = `-f rawvideo -pixel_format bgr0 -video_size ${width}x${height} -framerate 25 -i pipe:0`;
  const x264 = '-c:v libx264 -preset veryfast -tune zerolatency -crf 28 -g 250';
  const rate = `-maxrate ${bitsPerS} -bufsize ${Math.round(bitsPerS / 2)}`;
  const slices = '-threads 1 -x264-params sliced-threads=0:slices=1 -pix_fmt yuv420p -vsync passthrough';
  const output = '-flush_packets 1 -flvflags no_duration_filesize -f flv pipe:1';
  return [quiet, input, x264, rate, slices, output].join(' ').split(' ');
}

function bytesOf({ pixels, width }: Picture, rect: Rect): Buffer {
  const out = new Uint32Array(rect.width * rect.height);
  for (let row = 0; row < rect.height; row += 1) {
    const from = (rect.y + row) * width + rect.x;
    out.set(pixels.subarray(from, from + rect.width), row * rect.width);
  }
  return Buffer.from(out.buffer);
}
