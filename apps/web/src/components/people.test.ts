import { describe, expect, it } from 'vitest';
import { countOfAccess, listed, waysInWords, whoBelow } from './people.ts';

describe('people and groups in words', () => {
  it('are told apart by address or by how many they are', () => {
    const who = { id: '', name: 'Sales', email: null, members: null };
    expect(whoBelow({ ...who, kind: 'group', members: 1 })).toBe('Group, 1 member');
    expect(whoBelow({ ...who, kind: 'group', members: 25 })).toBe('Group, 25 members');
    expect(whoBelow({ ...who, kind: 'person', email: 'ada@example.org' })).toBe('ada@example.org');
    expect(whoBelow({ ...who, kind: 'person' })).toBe('no e-mail');
  });

  it('are listed as one says them', () => {
    expect(listed([])).toBe('');
    expect(listed(['Sales'])).toBe('Sales');
    expect(listed(['All', 'Sales', 'Support'])).toBe('All, Sales and Support');
  });

  it('tell each way to a desktop', () => {
    const groups = [{ name: 'All' }, { name: 'Sales' }];
    expect(waysInWords({ entitlementId: 'e', groups: [] })).toBe('by themselves');
    expect(waysInWords({ entitlementId: null, groups })).toBe('through All and Sales');
    expect(waysInWords({ entitlementId: 'e', groups })).toBe('by themselves, and through All and Sales');
  });

  it('tell how much they may use', () => {
    expect(countOfAccess({ pools: 0, applications: 0 })).toBe('nothing yet');
    expect(countOfAccess({ pools: 1, applications: 0 })).toBe('1 desktop');
    expect(countOfAccess({ pools: 2, applications: 1 })).toBe('2 desktops, 1 application');
  });
});
