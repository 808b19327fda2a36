import { describe, expect, it } from 'vitest';
import { directoryBucket, emailOf, isReachable, membershipChanges, roleOf } from './policy.ts';

describe('a role', () => {
  const rules = [
    { group: { id: 'admins', name: 'Admins' }, role: 'administrator' },
    { group: { id: 'all', name: 'All' }, role: 'person' },
  ] as const;
  it('is that of the first rule that fits', () => {
    expect(roleOf(rules, new Set(['all', 'admins']))).toBe('administrator');
    expect(roleOf(rules.toReversed(), new Set(['all', 'admins']))).toBe('person');
  });
  it('is the least where no rule fits', () => {
    expect(roleOf(rules, new Set(['others']))).toBe('person');
    expect(roleOf([], new Set(['admins']))).toBe('person');
  });
});

describe('an address', () => {
  it('is the directory’s', () => {
    expect(emailOf('corp', { id: '1', email: ' Ada@Example.org ' })).toBe('ada@example.org');
  });
  it('is one that no mail reaches where the directory has none that is one', () => {
    for (const email of [null, '', 'ada', 'ada@', 'a b@x.org', 'x@y@z', 'me@corp.directory.invalid']) {
      const made = emailOf('corp', { id: '1', email });
      expect(isReachable(made)).toBe(false);
      expect(made).toBe(emailOf('corp', { id: '1', email: null }));
      expect(made).not.toBe(emailOf('corp', { id: '2', email }));
      expect(made).not.toBe(emailOf('other', { id: '1', email }));
    }
  });
});

it('all places together pass on no more wrong passwords than were allowed, and strangers leave half of them', () => {
  for (let max = 2; max <= 50; max += 1) {
    const [known, strange] = [true, false].map((is) =>
      directoryBucket('corp', '1', is, { max, windowMinutes: 30 }),
    );
    expect(known!.max + strange!.max).toBe(max);
    expect(known!.max).toBeGreaterThanOrEqual(strange!.max);
    expect(strange!.max).toBeGreaterThan(0);
    expect(known!.name).not.toBe(strange!.name);
    expect(known!.quietMs).toBe(1_800_000);
  }
});

it('changes only memberships that are not as the directory has them', () => {
  const chosen = ['a', 'b', 'c', 'd'].map((id) => ({ id, externalId: id.toUpperCase() }));
  expect(membershipChanges(chosen, ['a', 'b'], new Set(['A', 'C', 'X']))).toEqual({
    add: ['c'],
    remove: ['b'],
  });
});
