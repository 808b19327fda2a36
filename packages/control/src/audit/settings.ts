import type { Syslog } from '@orangery/contract';
import type { Context } from '../context.ts';
import { readSetting, writeSetting } from '../settings/store.ts';

const SETTING = 'audit';
const SYSLOG = 'syslog';

export type AuditSettings = { keepDays: number | null; syslog: Syslog | null };

export async function auditSettings(
  context: Pick<Context, 'db' | 'seal' | 'unseal'>,
): Promise<AuditSettings> {
  const set = (await readSetting(context, SETTING)) as AuditSettings | undefined;
  return set ?? { keepDays: null, syslog: null };
}

/** Another log server is sent what happens from now on. */
export async function setAuditSettings(context: Context, settings: AuditSettings): Promise<void> {
  const { syslog: before } = await auditSettings(context);
  await writeSetting(context, SETTING, settings);
  const { syslog } = settings;
  if (syslog === null) {
    await context.db.deleteFrom('audit_sent').where('name', '=', SYSLOG).execute();
  } else if (before === null || before.host !== syslog.host) {
    await noteSent(context, await lastPosition(context));
  }
}

export async function showAuditSettings(context: Context) {
  const { keepDays, syslog } = await auditSettings(context);
  if (syslog === null) return { keepDays, syslog, sending: null };
  const last = await context.db
    .selectFrom('loop_status')
    .select(['outcome', 'detail'])
    .where('loop', '=', 'audits')
    .where('key', '=', SYSLOG)
    .executeTakeFirst();
  const sent = await sentUpTo(context);
  const waiting = (await lastPosition(context)) - (sent ?? 0);
  return {
    keepDays,
    syslog,
    sending: { waiting, reason: last?.outcome === 'failed' && waiting > 0 ? last.detail : null },
  };
}

export async function lastPosition({ db }: Pick<Context, 'db'>): Promise<number> {
  const { last } = await db
    .selectFrom('audit_event')
    .select((eb) => eb.fn.max('position').as('last'))
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

/** The last event that was sent; undefined: nothing is. */
export async function sentUpTo({ db }: Pick<Context, 'db'>): Promise<number | undefined> {
  const row = await db
    .selectFrom('audit_sent')
    .select('position')
    .where('name', '=', SYSLOG)
    .executeTakeFirst();
  return row?.position;
}

export async function noteSent({ db }: Pick<Context, 'db'>, position: number): Promise<void> {
  await db
    .insertInto('audit_sent')
    .values({ name: SYSLOG, position })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ position }))
    .execute();
}
