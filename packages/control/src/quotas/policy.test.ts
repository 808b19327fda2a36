import { describe, expect, it } from 'vitest';
import { type Amounts, NOTHING } from './limits.ts';
import { amountOf, type Claim, decideClaims, type Ledger, reasonOf, roomFor } from './policy.ts';

const free = { vcpus: null, memoryMib: null, diskGib: null, machines: null, sessions: null };
const ledger = (more: Partial<Ledger>): Ledger => ({
  scope: 'tenant',
  name: 'Physics',
  limits: free,
  used: NOTHING,
  covers: 'all',
  ...more,
});
const claim = (personId: string, more: Partial<Amounts> = {}): Claim => ({
  personId,
  person: { ...NOTHING, sessions: 1, machines: 1, vcpus: 2, memoryMib: 2048, ...more },
  tenant: { ...NOTHING, sessions: 1 },
});
const refused = (ledgers: Ledger[], ...claims: Claim[]): string[] => [
  ...decideClaims(ledgers, claims).keys(),
];

describe('claims', () => {
  it('are all met where nothing is limited', () => {
    expect(refused([ledger({})], claim('a'), claim('b'))).toEqual([]);
  });

  it('are met in their order, as far as there is room', () => {
    const tenant = ledger({ limits: { ...free, sessions: 3 }, used: { ...NOTHING, sessions: 1 } });
    expect(refused([tenant], claim('a'), claim('b'), claim('c'), claim('d'))).toEqual(['c', 'd']);
    // The ledger that was given is not written to.
    expect(tenant.used.sessions).toBe(1);
  });

  it('need room in every quota that covers them, and take nothing of any where one refuses', () => {
    const own = ledger({
      scope: 'person',
      name: null,
      limits: { ...free, vcpus: 1 },
      covers: new Set(['a']),
    });
    const tenant = ledger({ limits: { ...free, sessions: 1 } });
    expect(refused([own, tenant], claim('a'), claim('b'))).toEqual(['a']);
  });

  it('take of a group what its members take together', () => {
    const group = ledger({
      scope: 'group',
      limits: { ...free, memoryMib: 4096 },
      covers: new Set(['a', 'b', 'c']),
    });
    expect(refused([group], claim('a'), claim('x'), claim('b'), claim('c'))).toEqual(['c']);
  });

  it('are not refused for what they add nothing to, though it is more than allowed', () => {
    const over = ledger({ limits: { ...free, machines: 1 }, used: { ...NOTHING, machines: 5 } });
    expect(refused([over], claim('a'))).toEqual([]);
    expect(refused([{ ...over, scope: 'group' }], claim('a'))).toEqual(['a']);
  });

  it('of a quota of none are refused', () => {
    expect(refused([ledger({ limits: { ...free, sessions: 0 } })], claim('a'))).toEqual(['a']);
  });
});

it('there is room for as many as what is shortest allows, and never for fewer than none', () => {
  const each = { ...NOTHING, machines: 1, vcpus: 2, memoryMib: 1024 };
  const used = { ...NOTHING, machines: 2, vcpus: 4, memoryMib: 2048 };
  expect(roomFor(free, used, each, 5)).toEqual({ room: 5, short: undefined });
  expect(roomFor({ ...free, machines: 6, vcpus: 9 }, used, each, 5)).toEqual({ room: 2, short: 'vcpus' });
  expect(roomFor({ ...free, memoryMib: 1 }, used, each, 5)).toEqual({ room: 0, short: 'memoryMib' });
});

it('a refusal names the quota, what is used, and who can change it', () => {
  const tenant = ledger({ limits: { ...free, sessions: 1 }, used: { ...NOTHING, sessions: 1 } });
  expect(reasonOf(decideClaims([tenant], [claim('a')]).get('a')!)).toBe(
    'Physics may have 1 open session and has 1 open session. An operator of this Orangery can allow more.',
  );
  const own = ledger({
    scope: 'each',
    name: null,
    limits: { ...free, memoryMib: 3072 },
    used: { ...NOTHING, memoryMib: 2048 },
  });
  expect(reasonOf(decideClaims([own], [claim('a')]).get('a')!)).toBe(
    'You may have 3 GiB of memory and have 2 GiB of memory, and this would need 2 GiB of memory more. Your administrator can allow more.',
  );
  const group = ledger({ scope: 'group', name: 'Lab', limits: { ...free, machines: 0 } });
  expect(reasonOf(decideClaims([group], [claim('a')]).get('a')!)).toContain(
    'The group “Lab” may have 0 machines and has none',
  );
  expect(amountOf('memoryMib', 1500)).toBe('1500 MiB of memory');
});
