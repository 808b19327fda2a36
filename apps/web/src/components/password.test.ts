import { expect, test } from 'vitest';
import { strengthOf } from './password.ts';

test.each([
  ['', 0],
  ['short', 0],
  ['aaaaaaaaaaaa', 1],
  ['Password12345!', 1],
  ['plum-tree-9', 0],
  ['plum-tree-97', 2],
  ['lantern orbit velvet', 3],
  ['x9!Kd0_pQw2#', 3],
])('%j has strength %i', (password, level) => expect(strengthOf(password).level).toBe(level));
