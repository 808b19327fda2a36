import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OrangeryError } from '@orangery/std';
import { benchKeys } from './display/keys.ts';
import { benchLines } from './display/lines.ts';
import { playBeside } from './display/beside.ts';
import { drawnRecordings } from './display/drawn/workloads.ts';
import { readRecording, type Recording } from './display/recording.ts';
import { benchSessions } from './display/sessions.ts';
import { against, type Row } from './document.ts';

/** How many times less than Tight each kind of workload has to take; of others it is reported. */
const TIMES_LESS: readonly (readonly [RegExp, number])[] = [
  [/idle|typing/, 2],
  [/files|menu/, 6],
  [/drag|term/, 12],
  [/web|page/, 15],
  [/video/, 100],
];
/** What people in an office do most. */
const OFFICE = /idle|typing|files/;
const OFFICE_SESSIONS = 30;

/**
 * Screens as they were recorded (BENCH_RECORDINGS, a folder of .rfbt files) and as they are drawn here, on the screen of a QEMU: what a viewer
 * of ours is sent beside one that asks as noVNC does, at the same time. Then many desktops at once.
 */
export async function benchDisplay(): Promise<Row[]> {
  const folder = process.env['BENCH_RECORDINGS'];
  if (folder === undefined) {
    throw new OrangeryError('noRecordings', 'There are no recorded screens to measure with', {
      fix: 'Set BENCH_RECORDINGS to a folder of .rfbt files.',
    });
  }
  const files = (await readdir(folder)).filter((name) => name.endsWith('.rfbt')).sort();
  const rows: Row[] = [];
  for (const file of files)
    rows.push(await besideTight(file.replace(/\.rfbt$/, ''), await readRecording(join(folder, file))));
  for (const [name, recording] of Object.entries(drawnRecordings))
    rows.push(await besideTight(name, recording()));
  rows.push(...(await benchKeys()), ...(await benchLines()));
  const office = files.filter((name) => OFFICE.test(name)).map((file) => join(folder, file));
  if (office.length > 0)
    rows.push(...(await benchSessions(`${OFFICE_SESSIONS} office sessions`, office, OFFICE_SESSIONS)));
  return rows;
}

async function besideTight(name: string, recording: Recording): Promise<Row> {
  const { ours, tight } = await playBeside(recording);
  const least = TIMES_LESS.find(([pattern]) => pattern.test(name))?.[1] ?? 0;
  const peerName = 'QEMU’s Tight, as noVNC asks';
  return against(`${name} bytes`, 'bytes', { ours, peer: tight, peerName, higherIsBetter: false }, least);
}
