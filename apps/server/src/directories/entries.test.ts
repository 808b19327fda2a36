import type { LdapSettings } from '@orangery/contract';
import { InvalidCredentialsError } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { personOf, primaryGroupSid } from './entries.ts';
import { checkOf, passwordModify, unicodePwd } from './passwords.ts';
import { schemaOf } from './schema.ts';

const schema = (kind: 'ldap' | 'activeDirectory') =>
  schemaOf({ kind, loginAttributes: [], idAttribute: '' } as unknown as LdapSettings);
const NOW = Date.parse('2026-11-23T12:00:00Z');
const guid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

describe('Active Directory', () => {
  const entry = (more: object) => ({ dn: 'CN=Ada,DC=x', objectGUID: guid, sAMAccountName: 'ada', ...more });
  const disabled = (more: object) => personOf(entry(more), schema('activeDirectory'), NOW)?.disabled;

  it('writes an id’s first three parts the other way round', () => {
    expect(personOf(entry({}), schema('activeDirectory'), NOW)?.id).toBe(
      '33221100-5544-7766-8899-aabbccddeeff',
    );
  });

  it.each([
    ['in use', { userAccountControl: '512' }, false],
    ['disabled', { userAccountControl: '514' }, true],
    ['of which nothing can be read', { userAccountControl: 'x' }, true],
    ['that never expires', { userAccountControl: '512', accountExpires: '9223372036854775807' }, false],
    ['that never expires, too', { userAccountControl: '512', accountExpires: '0' }, false],
    // 2026-11-23T11:59:59Z and 12:00:01Z, in 100 ns since 1601.
    ['that has expired', { userAccountControl: '512', accountExpires: '134399087990000000' }, true],
    ['that expires in a second', { userAccountControl: '512', accountExpires: '134399088010000000' }, false],
  ])('has an account %s', (_, more, is) => {
    expect(disabled(more)).toBe(is);
  });

  it('names the group of everybody by the last part of one’s own number', () => {
    const own = Buffer.from(
      '010500000000000515000000aabbccdd11223344556677885704 0000'.replace(' ', ''),
      'hex',
    );
    const sid = primaryGroupSid({ dn: '', objectSid: own, primaryGroupID: '513' });
    expect(sid?.subarray(0, -4)).toEqual(own.subarray(0, -4));
    expect(sid?.readUInt32LE(sid.length - 4)).toBe(513);
    expect(primaryGroupSid({ dn: '', objectSid: own, primaryGroupID: '-1' })).toBeUndefined();
  });

  it.each([
    ['52e', 'wrong'],
    ['525', 'wrong'],
    ['532', 'lapsed'],
    ['773', 'lapsed'],
    ['533', 'refused'],
    ['701', 'refused'],
    ['775', 'refused'],
  ])('says %s of a password that is %s', (data, check) => {
    const text = `80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data ${data}, v4563`;
    expect(checkOf(new InvalidCredentialsError(text), 'dc')).toBe(check);
  });

  it('wants passwords in quotes and two bytes for each sign', () => {
    expect(unicodePwd('aé').toString('hex')).toBe('22006100e9002200');
  });
});

describe('others', () => {
  const person = (more: object) =>
    personOf({ dn: 'uid=ada,dc=x', entryUUID: 'id', uid: 'ada', ...more }, schema('ldap'), NOW);

  it('have people who are called by the first name there is', () => {
    expect(person({ displayName: 'Ada L.', cn: 'Ada' })?.name).toBe('Ada L.');
    expect(person({ cn: ['Ada', 'A.'] })?.name).toBe('Ada');
    expect(person({})).toMatchObject({ name: 'ada', login: 'ada', email: null, disabled: false });
  });

  it('lock for good by a time that has never been', () => {
    expect(person({ pwdAccountLockedTime: '000001010000Z' })?.disabled).toBe(true);
    // For a while: the directory itself refuses then.
    expect(person({ pwdAccountLockedTime: '20261123115900Z' })?.disabled).toBe(false);
    expect(person({ nsAccountLock: 'TRUE' })?.disabled).toBe(true);
  });

  it('have nobody without an id', () => {
    expect(personOf({ dn: 'uid=ada', uid: 'ada' }, schema('ldap'), NOW)).toBeUndefined();
  });
});

const hex = (text: string): string => Buffer.from(text).toString('hex');

it('a new password is asked for as RFC 3062 has it', () => {
  expect(passwordModify('uid=a', 'old', 'new').toString('hex')).toBe(
    ['3011', '8005', hex('uid=a'), '8103', hex('old'), '8203', hex('new')].join(''),
  );
});
