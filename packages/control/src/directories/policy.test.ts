import { describe, expect, it } from 'vitest';
import { directoryBucket, emailOf, isReachable, membershipChanges, rolesOf } from './policy.ts';

describe('roles', () => {
  const rules = [
    { group: { id: 'admins', name: 'Admins' }, role: 'administrator' },
    { group: { id: 'desk', name: 'Desk' }, role: 'helpdesk' },
    { group: { id: 'second desk', name: 'Desk' }, role: 'helpdesk' },
  ] as const;
  it('are those of all rules that fit, each once', () => {
    expect(rolesOf(rules, new Set(['desk', 'second desk']))).toEqual(['helpdesk']);
    expect(rolesOf(rules, new Set(['desk', 'admins', 'x']))).toEqual(['administrator', 'helpdesk']);
  });
  it('are none where no rule fits', () => {
    expect(rolesOf(rules, new Set(['others']))).toEqual([]);
    expect(rolesOf([], new Set(['admins']))).toEqual([]);
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
