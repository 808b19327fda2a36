import { expect, it } from 'vitest';
import { settingsOf } from './directory-options.ts';

const base = { security: 'ldaps', account: 'cn=o', base: 'dc=x' } as const;

it('takes the usual port where none is told', () => {
  const servers = ['dc1.example.org', 'dc2:3269', '[fd00::1]', '[fd00::1]:1636'];
  expect(settingsOf({ ...base, kind: 'ad', server: servers }, '')).toMatchObject({
    kind: 'activeDirectory',
    servers: [
      { host: 'dc1.example.org', port: 636 },
      { host: 'dc2', port: 3269 },
      { host: 'fd00::1', port: 636 },
      { host: 'fd00::1', port: 1636 },
    ],
  });
  expect(settingsOf({ ...base, kind: 'ldap', security: 'starttls', server: ['a'] }, '')).toMatchObject({
    servers: [{ host: 'a', port: 389 }],
  });
});

it('says what is missing, and what is no server', () => {
  expect(() => settingsOf({ ...base, kind: 'ad' }, '')).toThrow('ad needs --server');
  expect(() => settingsOf({ security: 'ldaps', kind: 'ldap', server: ['a'] }, '')).toThrow('needs --account');
  expect(() => settingsOf({ ...base, kind: 'oidc', client: 'c' }, '')).toThrow('oidc needs --issuer');
  expect(() => settingsOf({ ...base, kind: 'ldap', server: ['ldap://a'] }, '')).toThrow(
    '"ldap://a" is no server',
  );
});
