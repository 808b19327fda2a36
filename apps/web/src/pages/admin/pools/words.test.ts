import { poolInput } from '@orangery/contract';
import { expect, test } from 'vitest';
import { nameFrom, whole, wholeOrNone } from './words.ts';

test('a pool’s name is made from its title, and the contract takes it', () => {
  const titles = [
    'Office',
    'Büro für Größe',
    ' 3D / CAD Lab ',
    'A title that is much longer than thirty-one',
  ];
  const names = titles.map(nameFrom);
  expect(names.slice(0, 3)).toEqual(['office', 'buro-fur-grosse', '3d-cad-lab']);
  for (const name of names) expect(poolInput.shape.name.safeParse(name).success).toBe(true);
  expect(nameFrom('日本')).toBe('');
});

test('a field takes whole numbers in its bounds, and nothing only where nothing means something', () => {
  expect([1, 10, 0, 11, 1.5, ''].map((value) => whole(1, 10)(value) === null)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(wholeOrNone(1, 10)('')).toBeNull();
});
