import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { HistoryLine } from '../history/store.ts';
import { iso } from '../rows.ts';

const LINES_MAX = 300;

/**
 * What happened to a machine, the latest first: each state that it came to, who used it, and with `audited` what somebody
 * did to it.
 */
export async function machineHistory(
  { db }: Pick<Context, 'db'>,
  id: string,
  { audited }: { audited: boolean },
): Promise<HistoryLine[]> {
  const { rows } = await sql<{ at: Date; what: string; reason: string | null; who: string | null }>`
    select at, what, reason, who from (
      select at, phase as what, reason, null as who, id as place from history where subject_id = ${id}
      union all
      select s.created_at, 'session began', null, p.name, 0 from session s join principal p on p.id = s.principal_id
        where s.machine_id = ${id}
      union all
      select s.ended_at, 'session ended', s.end_reason, p.name, 0
        from session s join principal p on p.id = s.principal_id where s.machine_id = ${id} and s.ended_at is not null
      union all
      select at, action, nullif(concat_ws(', ', nullif(outcome, 'done'), why), ''), actor, 0 from audit_event
        where ${audited} and subject_kind in ('machine', 'machines') and subject_id = ${id}
    ) as lines order by at desc, place desc limit ${LINES_MAX}`.execute(db);
  return rows.map(({ at, ...line }) => ({ ...line, at: iso(at) }));
}
