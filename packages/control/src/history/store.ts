import type { historySchema } from '@orangery/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso } from '../rows.ts';

export type HistoryLine = z.infer<typeof historySchema>;

/** As many lines as somebody reads. */
const LINES_MAX = 300;
const KEPT_DAYS = 30;
const BATCH = 10_000;

/** What became of a thing, the latest first. */
export async function historyOf({ db }: Pick<Context, 'db'>, subjectId: string): Promise<HistoryLine[]> {
  const rows = await db
    .selectFrom('history')
    .select(['at', 'phase', 'reason'])
    .where('subject_id', '=', subjectId)
    .orderBy('id', 'desc')
    .limit(LINES_MAX)
    .execute();
  return rows.map(({ at, phase, reason }) => ({ at: iso(at), what: phase, reason, who: null }));
}

/** Deletes what is older than a month; says how much that was, at most so much at a time that nobody waits for it. */
export async function deleteOldHistory({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<number> {
  const before = new Date(clock.now() - KEPT_DAYS * 86_400_000);
  const { numDeletedRows } = await db
    .deleteFrom('history')
    .where('id', 'in', (old) =>
      old.selectFrom('history').select('id').where('at', '<', before).orderBy('at').limit(BATCH),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
