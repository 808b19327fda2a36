import type { Context } from '@orangery/control';
import { z } from 'zod';
import { VERIFY } from '../mail/mailer.ts';
import type { Auth } from './auth.ts';
import { hashPassword, isDated, verifyPassword } from './password.ts';

/** Far longer than it takes to make a person. */
const CUT_OFF_MS = 60_000;
/** Makes an account that signs in by password. Of those who want one address at the same moment, one gets it. */
export async function createAccount(
  auth: Auth,
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  person: { name: string; email: string; password: string },
): Promise<{ userId: string } | { taken: true }> {
  const context = await auth.$context;
  const email = person.email.toLowerCase();
  // An account without a person is what a server that was killed in between left: its address would be taken for ever.
  await db
    .deleteFrom('auth_user')
    .where('email', '=', email)
    .where('createdAt', '<', new Date(clock.now() - CUT_OFF_MS))
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('principal')
        .select('auth_user_id')
        .where('auth_user_id', 'is not', null)
        .$castTo<{ auth_user_id: string }>(),
    )
    .execute();
  const isTaken = async (): Promise<boolean> =>
    (await context.internalAdapter.findUserByEmail(email)) !== null;
  if (await isTaken()) return { taken: true };
  const user = await context.internalAdapter
    .createUser({ name: person.name, email, emailVerified: false }, { method: 'email-password' })
    .catch(async (error: unknown) => {
      // The unique index decides the race; what the library says of it is its own, so the loser looks again.
      if (await isTaken()) return undefined;
      throw error;
    });
  if (user === undefined) return { taken: true };
  await context.internalAdapter.linkAccount({
    userId: user.id,
    accountId: user.id,
    providerId: 'credential',
    password: await hashPassword(person.password),
  });
  return { userId: user.id };
}

/** A password that was right and whose hash is of an older form or cost gets one of today's. */
export async function renewHash(
  { control, auth }: { control: Pick<Context, 'db'>; auth: Auth },
  email: string,
  password: string,
): Promise<void> {
  const account = await control.db
    .selectFrom('auth_account')
    .innerJoin('auth_user', 'auth_user.id', 'auth_account.userId')
    .select(['auth_user.id as userId', 'password'])
    .where('email', '=', email)
    .where('providerId', '=', 'credential')
    .executeTakeFirst();
  if (account === undefined || account.password === null || !isDated(account.password)) return;
  const { internalAdapter } = await auth.$context;
  await internalAdapter.updatePassword(account.userId, await hashPassword(password));
}

/** Whether an address is of an account that has its password here; of all others a directory may know more. */
export async function hasPasswordHere({ db }: Pick<Context, 'db'>, email: string): Promise<boolean> {
  const account = await db
    .selectFrom('auth_account')
    .innerJoin('auth_user', 'auth_user.id', 'auth_account.userId')
    .select('auth_account.id')
    .where('email', '=', email)
    .where('providerId', '=', 'credential')
    .executeTakeFirst();
  return account !== undefined;
}

const confirmed = z.object({ userId: z.string(), email: z.string() });

/** Uses the link of a mail up that confirms an address; whose it is, or undefined. */
export async function verifyEmailBy(
  { control, auth }: { control: Pick<Context, 'db'>; auth: Auth },
  token: string,
): Promise<string | undefined> {
  const { internalAdapter } = await auth.$context;
  const link = await internalAdapter.consumeVerificationValue(`${VERIFY}${token}`);
  const said = confirmed.safeParse(JSON.parse(link?.value ?? 'null'));
  if (!said.success) return undefined;
  const { userId, email } = said.data;
  const user = await control.db
    .updateTable('auth_user')
    .set({ emailVerified: true })
    .where('id', '=', userId)
    .where('email', '=', email)
    .returning('id')
    .executeTakeFirst();
  return user?.id;
}

export async function isPasswordOf(
  { auth }: { auth: Auth },
  userId: string,
  password: string,
): Promise<boolean> {
  const { internalAdapter } = await auth.$context;
  const hash = (await internalAdapter.findCredentialAccount(userId))?.password ?? '';
  return verifyPassword({ hash, password });
}
