import { expect, test } from 'vitest';
import { rolesOf } from './tenants.ts';

test('roles are named with commas between them, in any order, or are none', () => {
  expect(rolesOf('poolManager, helpdesk')).toEqual(['helpdesk', 'poolManager']);
  expect(rolesOf('none')).toEqual([]);
});

test.each(['', 'root', 'helpdesk,', 'none,helpdesk'])(
  '%o is no list of roles, and says which there are',
  (text) => {
    expect(() => rolesOf(text)).toThrow('poolManager');
  },
);
