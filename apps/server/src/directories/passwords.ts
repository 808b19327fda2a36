import type { DirectoryPerson, PasswordChange, PasswordCheck } from '@orangery/control';
import { codeOf, messageOf, OrangeryError } from '@orangery/std';
import {
  Attribute,
  BerWriter,
  Change,
  type Client,
  ConstraintViolationError,
  InsufficientAccessError,
  InvalidCredentialsError,
  NoSuchAttributeError,
  ResultCodeError,
  UnwillingToPerformError,
} from 'ldapts';
import type { Talk } from './connection.ts';

/** RFC 3062. */
const PASSWORD_MODIFY = '1.3.6.1.4.1.4203.1.11.1';
const [USER_IDENTITY, OLD_PASSWORD, NEW_PASSWORD] = [0x80, 0x81, 0x82];

/**
 * What Active Directory says in the text of an answer to a bind, hexadecimal ([MS-ERREF] section 2.2). The password was
 * right in all of these: 530 hours, 531 computer, 532 it has expired, 533 the account is disabled, 701 it has expired,
 * 773 it has to be changed, 775 locked.
 */
const AD_DATA = /\bdata ([0-9a-f]{3,4})\b/i;
const LAPSED = ['532', '773'];
const REFUSED = ['530', '531', '533', '701', '775'];

/** What a bind that failed says of the password; throws `directoryUnreachable` where it says nothing of it. */
export function checkOf(error: unknown, server: string): PasswordCheck {
  const data = AD_DATA.exec(messageOf(error))?.[1]?.toLowerCase() ?? '';
  if (LAPSED.includes(data)) return 'lapsed';
  if (REFUSED.includes(data)) return 'refused';
  if (error instanceof InvalidCredentialsError) return 'wrong';
  if (error instanceof ResultCodeError) return 'refused';
  throw new OrangeryError('directoryUnreachable', `${server} did not say whether a password is right`, {
    cause: error,
  });
}

/** The request of RFC 3062, section 2.1. */
export function passwordModify(dn: string, old: string | undefined, password: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeString(dn, USER_IDENTITY);
  if (old !== undefined) writer.writeString(old, OLD_PASSWORD);
  writer.writeString(password, NEW_PASSWORD);
  writer.endSequence();
  return writer.buffer;
}

/** Of Active Directory: the password in quotes, as UTF-16 ([MS-ADTS] section 3.1.1.3.1.5.1). */
export const unicodePwd = (password: string): Buffer => Buffer.from(`"${password}"`, 'utf16le');

const modification = (
  operation: 'add' | 'delete' | 'replace',
  type: string,
  values: Buffer[] | string[],
): Change => new Change({ operation, modification: new Attribute({ type, values }) });

/** As the person, by their old password, which counts as a guess at it there. `talk`: on a connection of their own. */
export async function changePassword(
  { client, settings, at }: Talk,
  { place }: DirectoryPerson,
  old: string,
  password: string,
): Promise<PasswordChange> {
  try {
    await client.bind(place, old);
  } catch (error) {
    const check = checkOf(error, at);
    if (check === 'wrong') return { kind: 'wrong' };
    return { kind: 'refused', reason: 'it does not let you in by the old password now; reset it by mail' };
  }
  return changing(() =>
    settings.kind === 'activeDirectory'
      ? client.modify(place, [
          modification('delete', 'unicodePwd', [unicodePwd(old)]),
          modification('add', 'unicodePwd', [unicodePwd(password)]),
        ])
      : modify(client, passwordModify(place, old, password)),
  );
}

const modify = async (client: Client, request: Buffer): Promise<void> =>
  void (await client.exop(PASSWORD_MODIFY, request));

/** As the account that looks; what locked it is over then. */
export async function setPassword(
  talk: Talk,
  person: DirectoryPerson,
  password: string,
): Promise<PasswordChange> {
  const { client, settings } = talk;
  const set = await changing(() =>
    settings.kind === 'activeDirectory'
      ? client.modify(person.place, [modification('replace', 'unicodePwd', [unicodePwd(password)])])
      : modify(client, passwordModify(person.place, undefined, password)),
  );
  // OpenLDAP unlocks with a new password by itself; where the account may not write it, the password is set all the same.
  if (set.kind === 'done' && settings.kind === 'activeDirectory') await unlock(talk, person);
  return set;
}

export function unlock(
  { client, settings }: Pick<Talk, 'client' | 'settings'>,
  { place }: DirectoryPerson,
): Promise<PasswordChange> {
  const change =
    settings.kind === 'activeDirectory'
      ? modification('replace', 'lockoutTime', ['0'])
      : modification('delete', 'pwdAccountLockedTime', []);
  return changing(async () => {
    try {
      await client.modify(place, [change]);
    } catch (error) {
      // It was not locked.
      if (!(error instanceof NoSuchAttributeError)) throw error;
    }
  });
}

async function changing(act: () => Promise<void>): Promise<PasswordChange> {
  try {
    await act();
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return { kind: 'wrong' };
    if (!(error instanceof ResultCodeError)) {
      if (codeOf(error) === 'directoryUnreachable') throw error;
      throw new OrangeryError(
        'directoryUnreachable',
        'The directory did not say whether it changed anything',
        {
          cause: error,
        },
      );
    }
    return { kind: 'refused', reason: refusalOf(error) };
  }
}

/** Codes of Microsoft's that come with a password that breaks the domain's rules, as text in the answer. */
const AD_RULES = /0000052D|00000056/i;

function refusalOf(error: ResultCodeError): string {
  if (/00000056/.test(error.message)) return 'the old password is not right';
  if (error instanceof InsufficientAccessError)
    return 'Orangery’s account may not do that there; tell your administrator';
  if (error instanceof ConstraintViolationError || AD_RULES.test(error.message))
    return 'it breaks a rule for passwords there: too short, too simple, used before, or changed too recently';
  if (error instanceof UnwillingToPerformError)
    return 'the directory is not willing: passwords cannot be changed over this connection, or break its rules';
  return `the directory said ${error.name.replace(/Error$/, '')}`;
}
