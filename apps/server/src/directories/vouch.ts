import {
  allDirectories,
  arrive,
  type Arrival,
  beginGuessIn,
  type Context,
  type Directory,
  type DirectoryConnection,
  directoryBucket,
  type DirectoryPerson,
  isLdap,
  knownPlaces,
} from '@orangery/control';
import type { LdapSettings } from '@orangery/contract';
import { codeOf, messageOf } from '@orangery/std';

type Ldap = Directory & { settings: LdapSettings };
type Place = { address: string; device: string | undefined };

/** What directories say of whoever gives a name and a password. */
export type Vouched =
  /** No directory has them. */
  | { kind: 'nobody' }
  | { kind: 'in'; userId: string; directory: Ldap; made: boolean }
  /** `tell`: what they may know of it, as their password was right. */
  | { kind: 'refused'; directory: Ldap; userId: string | undefined; why: string; tell?: string }
  /** `known`: they have been there before. */
  | { kind: 'tooMany'; directory: Ldap; userId: string | undefined; known: boolean }
  /** One that may have them does not answer. */
  | { kind: 'unreachable'; reason: string };

/** What is done with a person of a directory, on a connection to it. */
export type Found = { directory: Ldap; connection: DirectoryConnection; person: DirectoryPerson };

/**
 * Looks for somebody in one directory after the other, and does something with them in the first that has them.
 *
 * @param by the name that was typed, or the directory's own id of somebody who has been here
 */
export async function withPerson<T>(
  control: Context,
  by: { login: string } | { source: string; externalId: string },
  act: (found: Found) => Promise<T>,
): Promise<{ kind: 'done'; value: T } | { kind: 'nobody' } | { kind: 'unreachable'; reason: string }> {
  const faults: string[] = [];
  const all = (await allDirectories(control)).filter(isLdap).filter(({ enabled }) => enabled);
  for (const directory of 'source' in by ? all.filter(({ name }) => name === by.source) : all) {
    try {
      const connection = await control.openDirectory(directory.settings, directory.secret);
      try {
        const person =
          'login' in by
            ? await connection.find(by.login)
            : (await connection.get([by.externalId])).find(({ id }) => id === by.externalId);
        if (person === 'several')
          control.log.warn(
            { directory: directory.name },
            'a name is several people’s in the directory: none of them is let in by it',
          );
        else if (person !== undefined)
          return { kind: 'done', value: await act({ directory, connection, person }) };
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (codeOf(error) !== 'directoryUnreachable') throw error;
      control.log.warn(
        { directory: directory.name, reason: messageOf(error) },
        'a directory cannot be asked',
      );
      faults.push(directory.title);
    }
  }
  if (faults.length === 0) return { kind: 'nobody' };
  return { kind: 'unreachable', reason: `${faults.join(', ')} does not answer now; try again in a moment` };
}

/**
 * Tries a password of a person's. It is counted for who they are, before the directory hears of it, so that guesses here
 * lock nobody out there.
 */
export async function tryPassword(
  control: Context,
  { directory, connection, person }: Found,
  password: string,
  known: boolean,
): Promise<'right' | 'wrong' | 'tooMany' | 'lapsed' | 'refused'> {
  const guess = await beginGuessIn(
    control,
    directoryBucket(directory.name, person.id, known, directory.settings.guesses),
  );
  if (guess === undefined) return 'tooMany';
  try {
    const check = await connection.check(person, password);
    if (check === 'right' || check === 'lapsed') await guess.right();
    return check;
  } catch (error) {
    // It may have heard it: what is not known to be right stays counted.
    if (codeOf(error) === 'directoryUnreachable')
      control.log.warn({ reason: messageOf(error) }, 'a directory went away');
    throw error;
  }
}

/** Whether they have been at this place before: by the account they have here, whatever name was typed. */
export async function isKnownAt(
  control: Context,
  found: Found,
  place: Place,
): Promise<{ userId: string | undefined; known: boolean }> {
  const user = await control.db
    .selectFrom('principal')
    .innerJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .select(['auth_user.id', 'auth_user.email'])
    .where('source', '=', found.directory.name)
    .where('external_id', '=', found.person.id)
    .executeTakeFirst();
  if (user === undefined) return { userId: undefined, known: false };
  const { device, address } = await knownPlaces(control, user.email, place);
  return { userId: user.id, known: device || address };
}

/** Signs nobody in yet: tells whether a directory would, and makes or updates the person then. */
export async function vouch(
  control: Context,
  login: string,
  password: string,
  place: Place,
): Promise<Vouched> {
  const answer = await withPerson(control, { login }, async (found): Promise<Vouched> => {
    const { directory, connection, person } = found;
    const { userId, known } = await isKnownAt(control, found, place);
    const refused = (why: string, tell?: string): Vouched => ({
      kind: 'refused',
      directory,
      userId,
      why,
      ...(tell === undefined ? {} : { tell }),
    });
    const tried = await tryPassword(control, found, password, known);
    if (tried === 'tooMany') return { kind: 'tooMany', directory, userId, known };
    if (tried === 'wrong') return refused('password');
    if (tried === 'lapsed')
      return refused(
        'the password has expired in the directory',
        'Your password has expired: choose a new one first',
      );
    if (tried === 'refused' || person.disabled) return refused('the directory lets them in no more');
    const groups = await connection.groupsOf(person);
    const arrival = await arrive(control, directory, person, new Set(groups.map(({ id }) => id)));
    return arrival.kind === 'in'
      ? { kind: 'in', userId: arrival.person.userId, directory, made: arrival.made }
      : refused(whyNotHere(arrival), `You cannot be let in: ${whyNotHere(arrival)}. Tell your administrator`);
  });
  return answer.kind === 'done' ? answer.value : answer;
}

export function whyNotHere({ kind }: Exclude<Arrival, { kind: 'in' }>): string {
  return kind === 'taken'
    ? 'their address is another account’s here'
    : 'there are as many people of this directory as there may be';
}
