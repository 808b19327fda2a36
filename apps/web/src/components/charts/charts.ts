import type { HostMeasures, MachineMeasures } from '../../api/client.ts';
import { bytes, milliseconds } from '../format.ts';

type Values = readonly (number | null)[];

/** One picture of how something went. */
export type Chart = {
  title: string;
  /** How a value is written. */
  write: (value: number) => string;
  /** Its values are bytes: lines of the scale are halves of halves. */
  binary?: boolean;
  /** What there is at most; left out where nothing is known of that. */
  most?: number;
  series: readonly { name: string; values: Values }[];
  /** Where there is no value at all. */
  nothing: string;
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const processors = (count: number): string => count.toFixed(count < 10 ? 1 : 0);
const perSecond = (count: number): string => `${bytes(count)}/s`;
const NOT_YET = 'Nothing measured yet: the first points come within a minute.';

type Flows = Pick<MachineMeasures, 'read' | 'written' | 'received' | 'sent'>;
const flows = ({ read, written, received, sent }: Flows): Chart[] => [
  {
    title: 'Disk',
    write: perSecond,
    binary: true,
    series: [
      { name: 'read', values: read },
      { name: 'written', values: written },
    ],
    nothing: NOT_YET,
  },
  {
    title: 'Network',
    write: perSecond,
    binary: true,
    series: [
      { name: 'received', values: received },
      { name: 'sent', values: sent },
    ],
    nothing: NOT_YET,
  },
];

export const machineCharts = (
  measures: MachineMeasures,
  { cpus, memoryMib }: { cpus: number; memoryMib: number },
): Chart[] => [
  {
    title: 'Processors',
    write: processors,
    most: cpus,
    series: [{ name: `busy, of ${cpus}`, values: measures.cpus }],
    nothing: NOT_YET,
  },
  {
    title: 'Memory',
    write: bytes,
    binary: true,
    most: memoryMib * 2 ** 20,
    series: [{ name: `held, of ${bytes(memoryMib * 2 ** 20)}`, values: measures.memoryBytes }],
    nothing: NOT_YET,
  },
  ...flows(measures),
  {
    title: 'Latency',
    write: milliseconds,
    series: [{ name: 'browser to gateway and back', values: measures.latencyMs }],
    nothing: 'Nobody looked at it in this time.',
  },
];

export const hostCharts = (measures: HostMeasures, memoryBytes: number | undefined): Chart[] => [
  {
    title: 'Processors',
    write: percent,
    most: 1,
    series: [{ name: 'busy', values: measures.cpuBusy }],
    nothing: NOT_YET,
  },
  {
    title: 'Memory',
    write: bytes,
    binary: true,
    ...(memoryBytes === undefined ? {} : { most: memoryBytes }),
    series: [
      {
        name: memoryBytes === undefined ? 'in use' : `in use, of ${bytes(memoryBytes)}`,
        values: measures.memoryBytes,
      },
    ],
    nothing: NOT_YET,
  },
  ...flows(measures).map((chart) => ({ ...chart, title: `${chart.title} of its machines` })),
  {
    title: 'A disk request',
    write: milliseconds,
    series: [{ name: 'takes', values: measures.diskMs }],
    nothing: 'No machine asked its disks for anything.',
  },
];

const known = (values: Values): number[] => values.filter((value) => value !== null);

export const isEmpty = ({ series }: Chart): boolean =>
  series.every(({ values }) => known(values).length === 0);

/** The last value of a series, as it is written beside its name. */
export const nowOf = ({ write }: Chart, values: Values): string => {
  const last = values.at(-1);
  return last === undefined || last === null ? '–' : write(last);
};

/** The picture for who does not see it. */
export function inWords(chart: Chart): string {
  if (isEmpty(chart)) return `${chart.title}: ${chart.nothing}`;
  const parts = chart.series.map(({ name, values }) => {
    const numbers = known(values);
    return `${name}: now ${nowOf(chart, values)}, at most ${chart.write(Math.max(...numbers))}`;
  });
  return `${chart.title}. ${parts.join('. ')}.`;
}

/** The end of the scale: what there is at most, or a little above the most that was. */
export function scaleOf({ most, series }: Chart): number {
  const seen = Math.max(0, ...series.flatMap(({ values }) => known(values)));
  return Math.max(most ?? 0, seen * 1.1) || 1;
}

/** Where nothing was measured for so long, the line has a gap. */
export function withGaps(
  at: readonly number[],
  series: readonly Values[],
  everyMs: number,
): [number[], ...(number | null)[][]] {
  const seconds: number[] = [];
  const lines: (number | null)[][] = series.map(() => []);
  at.forEach((ms, index) => {
    const before = at[index - 1];
    if (before !== undefined && ms - before > 3 * everyMs) {
      seconds.push((before + everyMs) / 1_000);
      for (const line of lines) line.push(null);
    }
    seconds.push(ms / 1_000);
    lines.forEach((line, which) => line.push(series[which]?.[index] ?? null));
  });
  return [seconds, ...lines];
}

/** How far lines of a scale of bytes may lie apart. */
export const BINARY_STEPS: readonly number[] = Array.from({ length: 50 }, (_, power) => 2 ** power);
