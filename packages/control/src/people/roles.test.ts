import { type Role, rightsOfRole } from '@orangery/contract';
import { describe, expect, it } from 'vitest';
import { rightsIn } from '../tenants/scope.ts';
import { refusalToGive, refusalToTouch } from './roles.ts';

const of = (...roles: Role[]) => rightsIn(roles, true);

describe('roles', () => {
  it('are given by administrators, and that of operators by operators alone', () => {
    expect(refusalToGive(of('administrator'), [], ['helpdesk', 'administrator'])).toBeUndefined();
    expect(refusalToGive(of('administrator'), [], ['operator'])).toContain('operator');
    expect(refusalToGive(of('administrator'), ['operator'], ['administrator'])).toContain('operator');
    expect(refusalToGive(of('administrator'), ['operator'], ['operator', 'auditor'])).toBeUndefined();
    expect(refusalToGive(of('operator'), [], ['operator'])).toBeUndefined();
  });

  it('keep who has fewer rights from how somebody signs in', () => {
    expect(refusalToTouch(of('helpdesk'), [])).toBeUndefined();
    for (const role of ['helpdesk', 'administrator', 'operator'] as const)
      expect(refusalToTouch(of('helpdesk'), [role])).toBeDefined();
    expect(refusalToTouch(of('administrator'), ['administrator'])).toBeUndefined();
    expect(refusalToTouch(of('administrator'), ['administrator', 'operator'])).toContain('operator');
    expect(refusalToTouch(of('operator'), ['administrator', 'operator'])).toBeUndefined();
  });

  it('add up at home, and elsewhere are those of operators alone', () => {
    expect(of('helpdesk', 'poolManager')).toEqual(
      new Set([...rightsOfRole.helpdesk, ...rightsOfRole.poolManager]),
    );
    expect(rightsIn(['administrator', 'helpdesk'], false)).toEqual(new Set());
    expect(rightsIn(['administrator', 'operator'], false)).toEqual(new Set(rightsOfRole.operator));
  });

  it('of operators show nobody’s screen, end no session and change no desktop of a tenant', () => {
    for (const right of ['machines.screen', 'sessions.help', 'pools.change', 'machines.change'] as const)
      expect(rightsOfRole.operator).not.toContain(right);
  });
});
