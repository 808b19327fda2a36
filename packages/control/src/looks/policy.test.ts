import { expect, it } from 'vitest';
import { lookState } from './policy.ts';

it('a request holds as long as it was given, and nobody’s silence is a yes', () => {
  const until = new Date(1_000);
  expect(lookState({ allowed: null, until }, 999)).toBe('asked');
  expect(lookState({ allowed: null, until }, 1_000)).toBe('over');
  expect(lookState({ allowed: true, until }, 999)).toBe('allowed');
  expect(lookState({ allowed: true, until }, 1_000)).toBe('over');
  expect(lookState({ allowed: false, until }, 0)).toBe('refused');
});
