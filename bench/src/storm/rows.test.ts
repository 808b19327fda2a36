import { describe, expect, it } from 'vitest';
import { percentile, rowsOf } from './rows.ts';
import { defaults, type Storm } from './storm.ts';

const sample = { queue: 0, ready: 5, inUse: 0, making: 0, throttled: 0, served: 0 };

const storm = (values: Partial<Storm> = {}): Storm => ({
  options: { ...defaults, onProgress: () => {} },
  recording: {
    // Ten people a second, then none.
    samples: Array.from({ length: 20 }, (_, s) => ({
      ...sample,
      atMs: s * 1000,
      arrived: Math.min(100, s * 10),
    })),
    tookS: 20,
    serverCpuS: 10,
    serverMemoryBytes: 2 ** 20,
    databaseCpuS: 5,
    databaseBytes: 2 ** 21,
  },
  tally: {
    arrived: 100,
    served: [{ person: 1, openMs: 5, ticketMs: 10, waited: true }],
    left: 0,
    errors: new Map(),
    lost: [],
  },
  readyMs: [0, 100],
  preparedS: 3,
  broken: [],
  differences: [],
  ...values,
});
const row = (of: Storm, name: string) => rowsOf(of).find((each) => each.name === name)!;

describe('the rows of a storm', () => {
  it('tell the rate at its height, and the shares of the machine', () => {
    expect(row(storm(), 'arrivalsPerSMax').ours).toBe(10);
    expect(row(storm(), 'serverCpus').ours).toBe(0.5);
    expect(row(storm(), 'databaseMib').ours).toBe(2);
  });

  it('hold only while every promise does', () => {
    expect(rowsOf(storm()).every(({ holds }) => holds)).toBe(true);
    for (const broken of [
      storm({ broken: ['machine a was 2 people’s'] }),
      storm({ differences: ['machine a is deleting'] }),
      storm({ tally: { ...storm().tally, lost: [7] } }),
      storm({ tally: { ...storm().tally, errors: new Map([['refused', 2]]) } }),
    ])
      expect(rowsOf(broken).filter(({ holds }) => !holds)).toHaveLength(1);
  });

  it('take a target from whoever sets one', () => {
    const slow = storm({ readyMs: [5_000] });
    expect(rowsOf(slow, { readyP95Ms: 1_000 }).find(({ name }) => name === 'readyP95Ms')?.holds).toBe(false);
    expect(rowsOf(slow).every(({ holds }) => holds)).toBe(true);
  });
});

describe('a percentile', () => {
  it('is one of the values, also of few', () => {
    expect(percentile([3, 1, 2], 0.5)).toBe(2);
    expect(percentile([1], 0.99)).toBe(1);
    expect(percentile([], 0.5)).toBe(0);
  });
});
