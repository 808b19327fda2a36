import type { DirectoryGroup, DirectoryPerson } from '@orangery/control';
import type { Entry } from 'ldapts';
import { guidToText } from './guid.ts';
import type { Schema } from './schema.ts';

const NAME_LENGTH_MAX = 200;
/** Of userAccountControl ([MS-ADTS] section 2.2.16). */
const ACCOUNT_DISABLED = 0x2;
/** Seconds between 1601, where Microsoft's clock begins, and 1970. */
const EPOCH_S = 11_644_473_600n;
/** Of accountExpires: never. */
const NEVER = [0n, 0x7fff_ffff_ffff_ffffn];
/** Of the password policy (draft-behera-ldap-password-policy, section 5.3.3): an administrator has locked the account for good. */
const LOCKED_FOR_GOOD = '000001010000Z';

/** What is asked of a person's entry. */
export const personAttributes = (schema: Schema): string[] => [
  ...new Set([
    schema.idAttribute,
    ...schema.loginAttributes,
    'uid',
    'cn',
    'displayName',
    'mail',
    ...(schema.idIsGuid
      ? ['userAccountControl', 'accountExpires', 'objectSid', 'primaryGroupID']
      : ['pwdAccountLockedTime', 'nsAccountLock']),
  ]),
];
export const groupAttributes = (schema: Schema): string[] => [schema.idAttribute, 'cn'];

function values(entry: Entry, attribute: string): (string | Buffer)[] {
  const wanted = attribute.toLowerCase();
  const key = Object.keys(entry).find((each) => each !== 'dn' && each.toLowerCase() === wanted);
  const found = key === undefined ? undefined : entry[key];
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

/** The first value, as text. */
function text(entry: Entry, attribute: string): string {
  const [first] = values(entry, attribute);
  return first === undefined ? '' : first.toString().trim();
}

function bytes(entry: Entry, attribute: string): Buffer | undefined {
  const [first] = values(entry, attribute);
  return first === undefined ? undefined : Buffer.isBuffer(first) ? first : Buffer.from(first, 'latin1');
}

function idOf(entry: Entry, schema: Schema): string | undefined {
  if (!schema.idIsGuid) return text(entry, schema.idAttribute) || undefined;
  const raw = bytes(entry, schema.idAttribute);
  return raw === undefined ? undefined : guidToText(raw);
}

/** Undefined for an entry without an id: nobody could be known again by it. */
export function personOf(entry: Entry, schema: Schema, nowMs: number): DirectoryPerson | undefined {
  const id = idOf(entry, schema);
  if (id === undefined || id.length > 500) return undefined;
  const logins = [...schema.loginAttributes, 'uid', 'cn'].map((attribute) => text(entry, attribute));
  const login = logins.find((each) => each !== '') ?? id;
  const name = text(entry, 'displayName') || text(entry, 'cn') || login;
  return {
    id,
    place: entry.dn,
    name: name.slice(0, NAME_LENGTH_MAX),
    login: login.slice(0, NAME_LENGTH_MAX),
    email: text(entry, 'mail') || null,
    disabled: schema.idIsGuid ? isDisabledThere(entry, nowMs) : isLockedThere(entry),
  };
}

function isDisabledThere(entry: Entry, nowMs: number): boolean {
  const flags = Number(text(entry, 'userAccountControl') || '0');
  if (!Number.isInteger(flags) || (flags & ACCOUNT_DISABLED) !== 0) return true;
  const expires = text(entry, 'accountExpires');
  if (!/^\d{1,19}$/.test(expires) || NEVER.includes(BigInt(expires))) return false;
  return (BigInt(expires) / 10_000_000n - EPOCH_S) * 1_000n <= BigInt(Math.trunc(nowMs));
}

function isLockedThere(entry: Entry): boolean {
  return (
    text(entry, 'pwdAccountLockedTime') === LOCKED_FOR_GOOD || /^true$/i.test(text(entry, 'nsAccountLock'))
  );
}

export function groupOf(entry: Entry, schema: Schema): DirectoryGroup | undefined {
  const id = idOf(entry, schema);
  if (id === undefined || id.length > 500) return undefined;
  return { id, name: (text(entry, 'cn') || entry.dn).slice(0, NAME_LENGTH_MAX), place: entry.dn };
}

/**
 * The security identifier of the group that Active Directory names in `primaryGroupID` and in no list of members: the
 * person's own, with another last part ([MS-DTYP] section 2.4.2.2).
 */
export function primaryGroupSid(entry: Entry): Buffer | undefined {
  const own = bytes(entry, 'objectSid');
  const relative = Number(text(entry, 'primaryGroupID') || Number.NaN);
  if (own === undefined || own.length < 12 || !Number.isInteger(relative) || relative < 0) return undefined;
  if (relative > 0xffff_ffff) return undefined;
  const sid = Buffer.from(own);
  sid.writeUInt32LE(relative, sid.length - 4);
  return sid;
}
