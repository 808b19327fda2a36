import { beginGuessAt, type Directory, findDirectory, isLdap, type PasswordChange } from '@orangery/control';
import type { LdapSettings } from '@orangery/contract';
import { z } from 'zod';
import { DIRECTORY_RESET } from '../mail/mailer.ts';
import { type Found, isKnownAt, tryPassword, withPerson } from '../directories/vouch.ts';
import { placeOf } from '../identity/device-cookie.ts';
import type { ApiContext } from './context.ts';

/** Whoever's password is in a directory, and that directory; undefined: it is here. */
export async function directoryOf(
  { control }: Pick<ApiContext, 'control'>,
  userId: string,
): Promise<{ source: string; externalId: string; directory: Directory | undefined } | undefined> {
  const person = await control.db
    .selectFrom('principal')
    .select(['source', 'external_id as externalId'])
    .where('auth_user_id', '=', userId)
    .executeTakeFirst();
  if (person === undefined || person.source === 'local' || person.externalId === null) return undefined;
  const { source, externalId } = person;
  return { source, externalId, directory: await findDirectory(control, { name: source }) };
}

/** What people see of it. */
export async function directoryShown(context: ApiContext, userId: string) {
  const { directory } = (await directoryOf(context, userId)) ?? {};
  if (directory === undefined) return null;
  const { title, settings } = directory;
  return {
    title,
    password: settings.kind !== 'openIdConnect',
    change: settings.kind !== 'openIdConnect' && settings.passwords.change,
  };
}

type Errors = {
  TOO_MANY_TRIES: () => Error;
  WRONG_PASSWORD: () => Error;
  UNAVAILABLE: (options: { message: string }) => Error;
};

/** Does something with the directory's own entry of somebody who is known here. */
async function there<T>(
  { control }: ApiContext,
  by: { source: string; externalId: string },
  errors: Pick<Errors, 'UNAVAILABLE'>,
  act: (found: Found) => Promise<T>,
): Promise<T | undefined> {
  const answer = await withPerson(control, by, act);
  if (answer.kind === 'unreachable') throw errors.UNAVAILABLE({ message: answer.reason });
  return answer.kind === 'done' ? answer.value : undefined;
}

/** Asks somebody's directory whether this is their password, with its guesses counted; throws what the contract says if not. */
export async function requireDirectoryPassword(
  context: ApiContext,
  who: { source: string; externalId: string },
  password: string,
  errors: Errors,
): Promise<void> {
  const tried = await there(context, who, errors, async (found) => {
    const { known } = await isKnownAt(context.control, found, placeOf(context));
    return tryPassword(context.control, found, password, known);
  });
  if (tried === 'tooMany') throw errors.TOO_MANY_TRIES();
  if (tried !== 'right') throw errors.WRONG_PASSWORD();
}

/** Changes somebody's password in their directory. Its guess is counted as one at signing in. */
async function changeThere(
  context: ApiContext,
  who: { source: string; externalId: string },
  old: string,
  password: string,
  errors: Errors & { CONFLICT: (options: { message: string }) => Error },
): Promise<void> {
  await requireDirectoryPassword(context, who, old, errors);
  const changed = await there(context, who, errors, ({ connection, person }) =>
    connection.changePassword(person, old, password),
  );
  if (changed?.kind === 'done') return;
  if (changed?.kind === 'refused') throw errors.CONFLICT({ message: notTaken(changed.reason) });
  throw errors.WRONG_PASSWORD();
}

/** Changes a password that is in a directory, where people may do that here. */
export async function changeElsewhere(
  context: ApiContext,
  { directory, ...who }: NonNullable<Awaited<ReturnType<typeof directoryOf>>>,
  { current, password }: { current: string; password: string },
  errors: Errors & { CONFLICT: (options: { message: string }) => Error },
): Promise<void> {
  if (directory === undefined || !isLdap(directory) || !directory.settings.passwords.change)
    throw errors.CONFLICT({ message: 'Your password is changed where your account is, not here.' });
  await changeThere(context, who, current, password, errors);
}

const notTaken = (reason: string): string => `The directory did not take it: ${reason}`;

const stands = z.object({ source: z.string(), externalId: z.string() });
const TRIES_MAX = 10;

/**
 * What the link of a mail does in a directory. It is used up once that is done: who chose a password that the directory
 * does not take chooses another. Undefined: it is no such link.
 */
export async function byLink(
  context: ApiContext,
  token: string,
  errors: Errors & { CONFLICT: (options: { message: string }) => Error },
  act: (found: Found) => Promise<PasswordChange>,
): Promise<{ source: string; externalId: string; userId: string | undefined } | undefined> {
  const { internalAdapter } = await context.auth.$context;
  const identifier = `${DIRECTORY_RESET}${token}`;
  const link = await internalAdapter.findVerificationValue(identifier);
  const said = stands.safeParse(JSON.parse(link?.value ?? 'null'));
  if (!said.success || link === null || link.expiresAt.getTime() <= context.control.clock.now())
    return undefined;
  if ((await beginGuessAt(context.control, `link ${token}`, TRIES_MAX)) === undefined)
    throw errors.TOO_MANY_TRIES();
  const done = await there(context, said.data, errors, async (found) => {
    if (!mayReset(found.directory)) return undefined;
    // Of two at the same moment one is first; where the directory refuses, it can be used again.
    const taken = await internalAdapter.consumeVerificationValue(identifier);
    if (taken === null || taken === undefined) return undefined;
    const changed = await act(found);
    if (changed.kind === 'done') return changed;
    await internalAdapter.createVerificationValue({
      identifier,
      value: JSON.stringify(said.data),
      expiresAt: link.expiresAt,
    });
    return changed;
  });
  if (done === undefined) return undefined;
  if (done.kind !== 'done')
    throw errors.CONFLICT({ message: notTaken(done.kind === 'refused' ? done.reason : 'it is locked') });
  const user = await context.control.db
    .selectFrom('principal')
    .select('auth_user_id as userId')
    .where('source', '=', said.data.source)
    .where('external_id', '=', said.data.externalId)
    .executeTakeFirst();
  return { ...said.data, userId: user?.userId ?? undefined };
}

/** Whether people may choose a new password of this directory by a mail. */
export function mayReset(directory: Directory): directory is Directory & { settings: LdapSettings } {
  return directory.enabled && isLdap(directory) && directory.settings.passwords.reset;
}
