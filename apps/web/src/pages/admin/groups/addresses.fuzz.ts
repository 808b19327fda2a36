import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressesIn } from './addresses.ts';

const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom('@', '.', ' ', ',', ';', '<', '>', '"', '\n', 'a', 'B'),
    fc.string({ maxLength: 1 }),
  ),
  maxLength: 300,
});
const address = fc
  .tuple(fc.stringMatching(/^[a-z0-9]{1,10}$/), fc.stringMatching(/^[a-z0-9]{1,10}$/))
  .map(([name, host]) => `${name}@${host}.org`);

it('whatever is pasted, what is found are addresses, each once, and found again', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const found = addressesIn(text);
      expect(new Set(found).size).toBe(found.length);
      for (const each of found) expect(each).toMatch(/^[^\s@]+@[^\s@]+\.[^\s@]+$/);
      expect(addressesIn(found.join('\n'))).toEqual(found);
    }),
  );
});

it('no address is missed, whatever is between them', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(address, { maxLength: 20 }),
      fc.constantFrom(', ', ';', '\n', '\t', '>, <'),
      (all, between) => {
        expect(addressesIn(`<${all.join(between)}>`)).toEqual(all);
      },
    ),
  );
});
