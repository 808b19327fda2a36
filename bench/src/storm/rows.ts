import { alone, type Row } from '../document.ts';
import type { Storm } from './storm.ts';

/** What `bench storm` promises of its standard morning; a simulation of another one only reports. */
export type Targets = { ticketP95Ms?: number; readyP95Ms?: number; serverCpus?: number };

const MIB = 2 ** 20;

/** The value that this share of all stays below; 0 when there is none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function rowsOf(storm: Storm, targets: Targets = {}): Row[] {
  const { recording, tally, readyMs, options } = storm;
  const { samples, tookS } = recording;
  const tickets = tally.served.map(({ ticketMs }) => ticketMs);
  const most = (of: (sample: (typeof samples)[number]) => number): number =>
    samples.reduce((max, sample) => Math.max(max, of(sample)), 0);
  const errors = [...tally.errors.values()].reduce((sum, count) => sum + count, 0);
  return [
    alone('speed', 'times', options.speed),
    alone('people', 'people', tally.arrived),
    alone('arrivalsPerSMax', 'people/s', peakRate(samples)),
    alone('readyBeforeS', 's', storm.preparedS),
    alone('ticketP50Ms', 'ms', percentile(tickets, 0.5)),
    alone('ticketP95Ms', 'ms', percentile(tickets, 0.95), targets.ticketP95Ms),
    alone('ticketP99Ms', 'ms', percentile(tickets, 0.99)),
    alone('readyP50Ms', 'ms', percentile(readyMs, 0.5)),
    alone('readyP95Ms', 'ms', percentile(readyMs, 0.95), targets.readyP95Ms),
    alone('readyP99Ms', 'ms', percentile(readyMs, 0.99)),
    alone('waitedForMachine', 'people', tally.served.filter(({ waited }) => waited).length),
    alone(
      'queueMax',
      'people',
      most(({ queue }) => queue),
    ),
    alone(
      'readyMin',
      'machines',
      samples.reduce((min, { ready }) => Math.min(min, ready), Infinity),
    ),
    alone(
      'throttledMax',
      'machines',
      most(({ throttled }) => throttled),
    ),
    alone(
      'inUseMax',
      'machines',
      most(({ inUse }) => inUse),
    ),
    alone('errors', 'answers', errors, 0),
    alone('lost', 'people', tally.lost.length, 0),
    alone('brokenPromises', 'findings', storm.broken.length, 0),
    alone('rowsUnlikeHosts', 'findings', storm.differences.length, 0),
    alone('serverCpus', 'processors', recording.serverCpuS / tookS, targets.serverCpus),
    alone('serverMemoryMib', 'MiB', recording.serverMemoryBytes / MIB),
    alone('databaseCpus', 'processors', recording.databaseCpuS / tookS),
    alone('databaseMib', 'MiB', recording.databaseBytes / MIB),
  ];
}

/** Over five seconds, so that chance of one second is not taken for the storm. */
const WINDOW = 5;

function peakRate(samples: Storm['recording']['samples']): number {
  let peak = 0;
  for (let index = WINDOW; index < samples.length; index += 1) {
    const [before, after] = [samples[index - WINDOW], samples[index]];
    if (before === undefined || after === undefined) continue;
    peak = Math.max(peak, ((after.arrived - before.arrived) / (after.atMs - before.atMs)) * 1000);
  }
  return peak;
}
