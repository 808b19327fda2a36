import type { Document, Row } from './document.ts';

/** Writes the document, for people or as JSON; returns the exit code: 0 when every row holds. */
export function print(document: Document, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else for (const row of document.rows) process.stdout.write(`${line(row)}\n`);
  return document.rows.every((row) => row.holds) ? 0 : 1;
}

function line(row: Row): string {
  const peer = row.peer === null ? '' : `, ${row.peerName}: ${row.peer} ${row.unit}`;
  const ratio = row.ratio === null ? '' : `, ${row.ratio} times`;
  return `${row.holds ? '✓' : '✗'} ${row.name}: ${row.ours} ${row.unit}${peer}${ratio} (${row.target})`;
}
