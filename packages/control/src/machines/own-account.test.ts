import { expect, test } from 'vitest';
import { loginOf } from './own-account.ts';

test.each([
  ['Ada Lovelace', 'ada-lovelace'],
  ['Jürgen Groß', 'jurgen-gross'],
  ['  42nd O’Neil!  ', 'nd-o-neil'],
  ['山田太郎', 'person'],
  ['x'.repeat(80), 'x'.repeat(31)],
  ['root\n:0:0', 'root-0-0'],
])('%j logs in as %s', (name, login) => {
  expect(loginOf(name)).toBe(login);
  expect(loginOf(name)).toMatch(/^[a-z][a-z0-9-]{0,30}$/);
});
