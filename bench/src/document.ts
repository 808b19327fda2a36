import { arch, cpus, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';

/** One figure beside its peer, measured in the same run. `holds` is what the bench's exit code says. */
export type Row = {
  name: string;
  unit: string;
  ours: number;
  peer: number | null;
  peerName: string | null;
  /** How many times better than the peer; where `ours` stands alone, the value that the target speaks of. */
  ratio: number | null;
  target: string;
  holds: boolean;
};

export type Document = { bench: string; machine: string; rows: Row[] };

export function documentOf(bench: string, rows: Row[]): Document {
  const model = /^model name\s*: (.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? arch();
  return {
    bench,
    machine: `${cpus().length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
    rows,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export const round = (value: number): number => Number(value.toPrecision(4));

/** A row whose verdict is a ratio to a peer. */
export function against(
  name: string,
  unit: string,
  measured: { ours: number; peer: number; peerName: string; higherIsBetter: boolean },
  least: number,
): Row {
  const { ours, peer, peerName, higherIsBetter } = measured;
  const ratio = higherIsBetter ? ours / peer : peer / ours;
  return {
    name,
    unit,
    ours: round(ours),
    peer: round(peer),
    peerName,
    ratio: round(ratio),
    target: `at least ${least} times`,
    holds: ratio >= least,
  };
}

/** A row that stands alone: `ours` at most `most`, or only reported. */
export function alone(name: string, unit: string, ours: number, most?: number): Row {
  return {
    name,
    unit,
    ours: round(ours),
    peer: null,
    peerName: null,
    ratio: null,
    target: most === undefined ? 'reported' : `at most ${most}`,
    holds: most === undefined || ours <= most,
  };
}
