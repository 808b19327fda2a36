import { expect, it } from 'vitest';
import { type Holdings, suspensionOf, whatIsIn } from './policy.ts';

const none: Holdings = { people: 0, groups: 0, pools: 0, images: 0, machines: 0, sessions: 0, files: 0 };

it('what is in a tenant is told in words, and nothing of what is not', () => {
  expect(whatIsIn(none)).toBeUndefined();
  expect(whatIsIn({ ...none, people: 1 })).toBe('1 person');
  expect(whatIsIn({ ...none, people: 3, pools: 1, files: 2 })).toBe(
    '3 people, 1 pool and 2 disks with people’s files',
  );
});

it('people of a suspended tenant are told why, where somebody said why', () => {
  expect(suspensionOf('Physics', null)).toBe('Physics is suspended. Ask who runs this Orangery.');
  expect(suspensionOf('Physics', 'unpaid.')).toContain('Physics is suspended: unpaid. Ask');
});
