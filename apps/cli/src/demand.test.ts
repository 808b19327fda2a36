import { expect, it } from 'vitest';
import { demandLines } from './demand.ts';

const slot = (fromMinute: number, readyCount: number, reason: string) => ({
  fromMinute,
  readyCount,
  reason,
  learned: 0,
  past: [],
  today: null,
});

it('tells when another number is kept ready, and why', () => {
  const lines = demandLines({
    timeZone: 'Europe/Vienna',
    weekday: 1,
    minute: 0,
    now: { readyCount: 1, reason: 'as always' },
    slots: [
      slot(0, 1, 'as always'),
      slot(465, 10, 'as 12 came'),
      slot(480, 10, 'as 11 came'),
      slot(495, 0, 'x'),
    ],
  });
  expect(lines).toEqual([
    'Now: 1 ready, as always. Times are of Europe/Vienna.',
    `00:00   1 ${'█'.repeat(3).padEnd(30)} as always`,
    `07:45  10 ${'█'.repeat(30)} as 12 came`,
    `08:15   0 ${' '.repeat(30)} x`,
  ]);
});
