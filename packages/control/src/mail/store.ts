import type { MailSettings } from '@orangery/contract';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { deleteSetting, readSetting, writeSetting } from '../settings/store.ts';
import type { MailKind } from './policy.ts';

const SETTING = 'mail';

/** How mails are sent; undefined: they are not. */
export async function mailSettings(context: Pick<Context, 'db' | 'seal' | 'unseal'>) {
  return (await readSetting(context, SETTING)) as MailSettings | undefined;
}

/** Sets how mails are sent. Without a password the one there is stays, for the same server and user alone. */
export async function setMailSettings(
  context: Context,
  input: Omit<MailSettings, 'password'> & { password?: string | undefined },
): Promise<'done' | 'passwordMissing'> {
  const before = await mailSettings(context);
  const same = before !== undefined && before.host === input.host && before.user === input.user;
  const password = input.password ?? (same ? before.password : '');
  if (input.user !== '' && password === '') return 'passwordMissing';
  await writeSetting(context, SETTING, { ...input, password });
  return 'done';
}

export async function removeMailSettings(context: Context): Promise<void> {
  await deleteSetting(context, SETTING);
  await context.db.deleteFrom('mail').execute();
}

/** What administrators see of it: no password. */
export async function showMail(context: Context) {
  const settings = await mailSettings(context);
  const waiting = await context.db
    .selectFrom('mail')
    .select(['reason', 'attempts'])
    .orderBy('created_at', 'desc')
    .execute();
  return {
    settings: settings === undefined ? null : settingsShown(settings),
    waiting: waiting.length,
    reason: waiting.find(({ reason }) => reason !== null)?.reason ?? null,
  };
}

const settingsShown = ({ password, ...shown }: MailSettings) => ({ ...shown, hasPassword: password !== '' });

/** Asks for a mail. The same is done whether anybody has the address. */
export async function askForMail(
  { db }: Pick<Context, 'db'>,
  kind: Exclude<MailKind, 'changed'>,
  email: string,
): Promise<void> {
  await db.insertInto('mail').values({ kind, email: email.toLowerCase() }).execute();
}

/** Tells somebody that how they sign in has changed, where mails are sent at all. */
export async function tellOfChange(
  context: Pick<Context, 'db' | 'seal' | 'unseal'>,
  email: string,
  what: string,
): Promise<void> {
  if ((await mailSettings(context)) === undefined) return;
  await context.db.insertInto('mail').values({ kind: 'changed', email, what }).execute();
}

export async function forgetMail({ db }: Pick<Context, 'db'>, id: string): Promise<void> {
  await db.deleteFrom('mail').where('id', '=', id).execute();
}

export async function postponeMail(
  { db }: Pick<Context, 'db'>,
  id: string,
  retryAtMs: number,
  reason: string,
): Promise<void> {
  await db
    .updateTable('mail')
    .set({ attempts: sql`attempts + 1`, retry_at: new Date(retryAtMs), reason: reason.slice(0, 500) })
    .where('id', '=', id)
    .execute();
}
