import type { Context } from '@orangery/control';
import { z } from 'zod';
import { VERIFY } from '../mail/mailer.ts';
import type { Auth } from './auth.ts';
import { hashPassword, isDated, verifyPassword } from './password.ts';

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
