import type { Row } from './document.ts';
import { rowsOf } from './storm/rows.ts';
import { defaults, simulate } from './storm/storm.ts';

/** The standard morning: 10,000 people in 60 minutes, six times as fast. */
export async function benchStorm(): Promise<Row[]> {
  return rowsOf(
    await simulate({ ...defaults, onProgress: (line) => void process.stderr.write(`▸ ${line}\n`) }),
  );
}
