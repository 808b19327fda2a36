import { GROUP_MANY_MAX } from '@orangery/contract';
import { expect, it } from 'vitest';
import { ADDRESSES_MAX, addressesIn } from './addresses.ts';

it('addresses are found in what mail programs and tables give, each once, in their order', () => {
  expect(addressesIn('Ada Byron <ada@example.org>, "Bob" <BOB@example.org>;ada@example.org')).toEqual([
    'ada@example.org',
    'bob@example.org',
  ]);
  expect(addressesIn('7b\tZoe\tzoe@example.org\r\n7b\tYann\tyann@example.org\r\n')).toEqual([
    'zoe@example.org',
    'yann@example.org',
  ]);
  expect(addressesIn('write to mailto:eve@example.org.')).toEqual(['eve@example.org']);
  expect(addressesIn('nobody here, @example.org, ada@, ada@host')).toEqual([]);
});

it('as many may be pasted as the server takes', () => {
  expect(ADDRESSES_MAX).toBe(GROUP_MANY_MAX);
});
