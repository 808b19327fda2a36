import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createPicture, Encoder, Packer, type Picture } from '@orangery/display';
import { OrangeryError } from '@orangery/std';
import { readRecording, type Recording, type Update } from './display/recording.ts';
import { benchSessions } from './display/sessions.ts';
import { against, alone, type Row } from './document.ts';

/**
 * What QEMU 7.2 sent for the same recordings as noVNC 1.7 asks by itself (Tight, lossless), without the first picture: measured
 * when they were made. Recordings of other names have no peer.
 */
const TIGHT_BYTES: Readonly<Record<string, { bytes: number; timesLess: number }>> = {
  'a-idle': { bytes: 1_700, timesLess: 2 },
  'b-typing': { bytes: 23_400, timesLess: 2 },
  'd-drag': { bytes: 29_500_000, timesLess: 12 },
  'e-files': { bytes: 870_000, timesLess: 6 },
};

/** What people in an office do most. */
const OFFICE: readonly string[] = ['a-idle', 'b-typing', 'e-files'];
const OFFICE_SESSIONS = 30;

/** Recorded screens through our encoder: bytes of the whole workload, and the time of one update. */
export async function benchDisplay(): Promise<Row[]> {
  const folder = process.env['BENCH_RECORDINGS'];
  if (folder === undefined) {
    throw new OrangeryError('noRecordings', 'There are no recorded screens to measure with', {
      fix: 'Set BENCH_RECORDINGS to a folder of .rfbt files.',
    });
  }
  const rows: Row[] = [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.rfbt')).sort();
  for (const file of files) {
    const name = file.replace(/\.rfbt$/, '');
    const { bytes, msPerUpdate } = await deliverAll(await readRecording(join(folder, file)));
    const peer = TIGHT_BYTES[name];
    rows.push(
      peer === undefined
        ? alone(`${name} bytes`, 'bytes', bytes)
        : against(
            `${name} bytes`,
            'bytes',
            { ours: bytes, peer: peer.bytes, peerName: 'QEMU’s Tight, as recorded', higherIsBetter: false },
            peer.timesLess,
          ),
      alone(`${name} update`, 'ms', msPerUpdate),
    );
  }
  const office = files.filter((name) => OFFICE.includes(name.replace(/\.rfbt$/, '')));
  if (office.length > 0) {
    const paths = office.map((file) => join(folder, file));
    rows.push(...(await benchSessions(`${OFFICE_SESSIONS} office sessions`, paths, OFFICE_SESSIONS)));
  }
  return rows;
}

async function deliverAll(recording: Recording): Promise<{ bytes: number; msPerUpdate: number }> {
  const picture = createPicture(recording.width, recording.height);
  const [encoder, packer] = [new Encoder(), new Packer()];
  const [first, ...rest] = recording.updates;
  if (first !== undefined) await say(first);
  let bytes = 0;
  let ms = 0;
  for (const update of rest) {
    const told = await say(update);
    bytes += told.bytes;
    ms += told.ms;
  }
  packer.close();
  return { bytes, msPerUpdate: ms / Math.max(1, rest.length) };

  async function say(update: Update): Promise<{ bytes: number; ms: number }> {
    draw(picture, update);
    const start = performance.now();
    const said = encoder.encode(
      picture,
      update.parts.map(({ rect }) => rect),
    );
    const packed = said === undefined ? 0 : (await packer.pack(said.bytes)).length;
    return { bytes: packed, ms: performance.now() - start };
  }
}

function draw(picture: Picture, { parts }: Update): void {
  for (const { rect, pixels } of parts) {
    let at = 0;
    for (let y = rect.y; y < rect.y + rect.height; y += 1) {
      for (let x = rect.x; x < rect.x + rect.width; x += 1, at += 3)
        picture.pixels[y * picture.width + x] = pixels.readUIntLE(at, 3);
    }
  }
}
