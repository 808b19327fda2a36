import { refreshSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { RefreshSchedule } from './policy.ts';

export type RefreshChange = { kind: 'done' } | { kind: 'missing' } | { kind: 'refused'; reason: string };

const OFF: RefreshSchedule = { every: 'off', weekday: 1, atMinute: 180, timeZone: 'UTC', jitterMinutes: 30 };

/** The schedule in a row of an image. */
export function scheduleOf(column: unknown): RefreshSchedule {
  const parsed = refreshSchema.safeParse(column);
  return parsed.success ? parsed.data : OFF;
}

const NO_RECIPE =
  'No recipe makes this image: only one that is built from a recipe can be refreshed by itself.';

/** When an image is refreshed by itself from now on. */
export async function setRefresh(
  { db }: Context,
  imageId: string,
  schedule: RefreshSchedule,
): Promise<RefreshChange> {
  return change(db, imageId, { refresh: JSON.stringify(schedule), refresh_at: null });
}

/** Now, whatever its schedule says; that goes on as before. */
export async function refreshNow({ db, clock }: Context, imageId: string): Promise<RefreshChange> {
  return change(db, imageId, { refresh_at: new Date(clock.now()) });
}

async function change(
  db: Context['db'],
  imageId: string,
  values: { refresh?: string; refresh_at: Date | null },
): Promise<RefreshChange> {
  const image = await db.selectFrom('image').select('recipe').where('id', '=', imageId).executeTakeFirst();
  if (image === undefined) return { kind: 'missing' };
  if (image.recipe === null) return { kind: 'refused', reason: NO_RECIPE };
  await db.updateTable('image').set(values).where('id', '=', imageId).execute();
  await sql`select pg_notify('orangery_nudge', ${`refreshes:${imageId}`})`.execute(db);
  return { kind: 'done' };
}
