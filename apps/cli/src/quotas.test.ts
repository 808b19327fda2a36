import { expect, test } from 'vitest';
import { limitOf, quotaInWords } from './quotas.ts';

const none = { vcpus: null, memoryMib: null, diskGib: null, machines: null, sessions: null };

test('what is used of a quota is told as a fraction, and what is not limited is left out', () => {
  const used = { vcpus: 2, memoryMib: 512, diskGib: 0, machines: 1, sessions: 3 };
  expect(quotaInWords({ ...none, sessions: 10, memoryMib: 4096 }, used)).toMatchObject({
    sessions: '3/10',
    memory: '512/4096',
    disk: '',
  });
  expect(quotaInWords({ ...none, sessions: 2 }, null)).toMatchObject({ sessions: '2' });
});

test.each(['', ' ', '-1', '1.5', 'many'])('%o is no limit', (text) => {
  expect(() => limitOf(text)).toThrow('whole number');
});
