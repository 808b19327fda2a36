import { expect, it } from 'vitest';
import { containing } from './search.ts';

it('a text that is searched for is no pattern', () => {
  expect(containing('ada')).toBe('%ada%');
  expect(containing('50%_\\')).toBe(String.raw`%50\%\_\\%`);
});
