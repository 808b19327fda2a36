export type Row = Record<string, string | number>;

/** Columns as wide as their widest cell; the last one takes what it needs. */
export function printTable(rows: readonly Row[], out: NodeJS.WritableStream): void {
  const first = rows[0];
  if (first === undefined) {
    out.write('none\n');
    return;
  }
  const names = Object.keys(first);
  const widths = names.map((name) =>
    Math.max(name.length, ...rows.map((row) => String(row[name] ?? '').length)),
  );
  const line = (cells: string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(index === cells.length - 1 ? 0 : (widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  out.write(`${line(names.map((name) => name.toUpperCase()))}\n`);
  for (const row of rows) out.write(`${line(names.map((name) => String(row[name] ?? '')))}\n`);
}

/** One JSON document, or words. */
export function print(json: boolean | undefined, answer: object, words: string): void {
  process.stdout.write(json === true ? `${JSON.stringify(answer, null, 2)}\n` : `${words}\n`);
}
