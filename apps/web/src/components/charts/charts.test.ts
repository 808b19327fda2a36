import { describe, expect, it } from 'vitest';
import { hostCharts, inWords, isEmpty, machineCharts, nowOf, scaleOf, withGaps } from './charts.ts';

const measures = {
  at: [0, 10_000],
  cpus: [0.5, 1.25],
  memoryBytes: [2 ** 30, 2 ** 29],
  read: [0, 2048],
  written: [10, 0],
  received: [0, 0],
  sent: [0, 0],
  latencyMs: [null, 40],
};
const of = (title: string, given = measures) => {
  const chart = machineCharts(given, { cpus: 2, memoryMib: 1024 }).find((each) => each.title === title);
  if (chart === undefined) throw new Error(title);
  return chart;
};

describe('a chart', () => {
  it('says in words what is now and what was at most', () => {
    expect(inWords(of('Processors'))).toBe('Processors. busy, of 2: now 1.3, at most 1.3.');
    expect(inWords(of('Disk'))).toBe(
      'Disk. read: now 2.0 KiB/s, at most 2.0 KiB/s. written: now 0 B/s, at most 10 B/s.',
    );
    expect(inWords(of('Latency'))).toMatch(/now 40 ms, at most 40 ms/);
  });

  it('of what was not measured says why there is nothing', () => {
    const none = of('Latency', { ...measures, latencyMs: [null, null] });
    expect([isEmpty(none), inWords(none)]).toEqual([true, 'Latency: Nobody looked at it in this time.']);
    expect(nowOf(none, [])).toBe('–');
  });

  it('reaches to what there is at most, or a little above what was', () => {
    expect(scaleOf(of('Processors'))).toBe(2);
    expect(scaleOf(of('Disk'))).toBeCloseTo(2048 * 1.1);
    expect(scaleOf(of('Network'))).toBe(1);
  });

  it('of a host has the share of its processors, and its memory', () => {
    const { cpus, latencyMs, ...same } = measures;
    const charts = hostCharts({ ...same, cpuBusy: [0.1, 0.95], diskMs: [null, 3] }, 2 ** 31);
    expect(charts.map(({ title }) => title)).toEqual([
      'Processors',
      'Memory',
      'Disk of its machines',
      'Network of its machines',
      'A disk request',
    ]);
    expect(inWords(charts[0]!)).toBe('Processors. busy: now 95 %, at most 95 %.');
    expect(cpus.length).toBe(latencyMs.length);
  });
});

it('a line has a gap where nothing was measured', () => {
  expect(withGaps([0, 10_000, 90_000], [[1, 2, 3]], 10_000)).toEqual([
    [0, 10, 20, 90],
    [1, 2, null, 3],
  ]);
});
