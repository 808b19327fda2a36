import { describe, expect, it } from 'vitest';
import { inputOf, serversOf, valuesOf } from './directory-values.ts';

describe('servers', () => {
  it.each([
    ['dc1', [{ host: 'dc1', port: 636 }]],
    [
      'dc1.example.org\n 10.0.0.7:3269 ',
      [
        { host: 'dc1.example.org', port: 636 },
        { host: '10.0.0.7', port: 3269 },
      ],
    ],
    [
      '[fd00::1]:1636, fd00::2',
      [
        { host: 'fd00::1', port: 1636 },
        { host: 'fd00::2', port: 636 },
      ],
    ],
  ])('are read from %j', (text, servers) => {
    expect(serversOf(text, 'ldaps')).toEqual(servers);
  });

  it.each(['', '  \n', 'ldaps://dc1', 'dc1:0', 'dc1:70000', 'a b!'])('are none in %j', (text) => {
    expect(serversOf(text, 'ldaps')).toBeUndefined();
  });
});

it('a directory that is saved without a change is as it was', () => {
  const base = {
    id: 'x',
    name: 'corp',
    title: 'Corp',
    enabled: true,
    hasSecret: true,
    people: 0,
    groups: 0,
    status: null,
    createdAt: '',
  };
  const roles = [{ group: { id: 'g', name: 'G' }, role: 'administrator' as const }];
  const ldap = {
    kind: 'ldap' as const,
    servers: [
      { host: 'a', port: 636 },
      { host: 'fd00::1', port: 1636 },
    ],
    security: 'ldaps' as const,
    bindDn: 'cn=x',
    base: 'dc=y',
    groupBase: '',
    peopleFilter: '(a=b)',
    loginAttributes: ['uid', 'mail'],
    idAttribute: '',
    guesses: { max: 6, windowMinutes: 10 },
    passwords: { change: true, reset: false },
    ca: 'PEM',
    roles,
    peopleMax: 9,
  };
  const oidc = {
    kind: 'openIdConnect' as const,
    issuer: 'https://x.org',
    clientId: 'c',
    scopes: 'profile',
    groupsClaim: '',
    hours: 3,
    signOutThere: true,
    ca: '',
    roles,
    peopleMax: 9,
  };
  for (const settings of [ldap, oidc])
    expect(inputOf(valuesOf({ ...base, settings }), roles)).toEqual({ title: 'Corp', settings });
});
