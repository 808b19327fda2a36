import type { Row } from './document.ts';
import { rowsOf } from './storm/rows.ts';
import { defaults, simulate } from './storm/storm.ts';

/** The standard morning: 10,000 people in 60 minutes, six times as fast. */
export async function benchStorm(): Promise<Row[]> {
  const onProgress = (line: string): void => void process.stderr.write(`▸ ${line}\n`);
  const storm = await simulate({ ...defaults, onProgress });
  for (const [error, count] of storm.tally.errors) onProgress(`${count} times: ${error}`);
  return rowsOf(storm);
}
