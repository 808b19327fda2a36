import type { auditFilter } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { readPage } from '../paging/page.ts';
import { containing } from '../people/search.ts';
import type { StoredEvent } from './chain.ts';

export type AuditEntry = {
  actor: string;
  principalId?: string | undefined;
  tenantId?: string | undefined;
  action: string;
  subject: { kind: string; id: string };
  outcome: string;
  /** Why it was allowed. */
  why?: string | undefined;
  detail?: object;
  client?: string | undefined;
};

/** Appends one audit event; it is chained soon after. `detail` never holds a secret. */
export async function recordAudit({ db }: { db: Kysely<DB> }, entry: AuditEntry): Promise<void> {
  await db
    .insertInto('audit_event')
    .values({
      actor: entry.actor,
      principal_id: entry.principalId ?? null,
      tenant_id: entry.tenantId ?? null,
      action: entry.action,
      subject_kind: entry.subject.kind,
      subject_id: entry.subject.id,
      outcome: entry.outcome,
      why: entry.why ?? null,
      detail: JSON.stringify(entry.detail ?? {}),
      client: entry.client ?? null,
    })
    .execute();
}

/** The newest first, of those that are looked for; of one tenant, or (undefined) of all and the installation. */
export async function listAudit(
  context: Pick<Context, 'db' | 'mac'>,
  tenantId: string | undefined,
  { limit, cursor, ...filter }: z.output<typeof auditFilter>,
) {
  const { search, since, until } = filter;
  let events = context.db.selectFrom('audit_event').selectAll();
  if (tenantId !== undefined) events = events.where('tenant_id', '=', tenantId);
  if (since !== undefined) events = events.where('at', '>=', new Date(since));
  if (until !== undefined) events = events.where('at', '<', new Date(until));
  if (search !== undefined && search !== '') {
    events =
      events.where(sql<boolean>`audit_text(actor, action, subject_kind, subject_id, outcome, why, client, detail)
        ilike ${containing(search)}`);
  }
  const keys = [{ by: sql.ref('id'), type: 'bigint' } as const];
  const question = ['audit', tenantId ?? null, filter];
  return readPage(context, events, { question, keys, order: 'desc', limit, cursor }, (row) => ({
    id: row.id,
    position: row.position,
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    outcome: row.outcome,
    why: row.why,
    client: row.client,
    detail: row.detail,
  }));
}

const NO_HASH = Buffer.alloc(0);

/** Events as they are hashed; those of the chain with their hash. */
export const contents = (db: Kysely<DB>) =>
  db.selectFrom('audit_event').select([
    'id',
    'position',
    'actor',
    'action',
    'outcome',
    'why',
    'client',
    'detail',
    'hash',
    'mac',
    'tenant_id as tenantId',
    'principal_id as principalId',
    'subject_kind as subjectKind',
    'subject_id as subjectId',
    // A driver's date knows milliseconds alone.
    sql<string>`to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as('at'),
  ]);

/** Events of the chain after a place, in its order. */
export async function chained(
  { db }: { db: Kysely<DB> },
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const rows = await contents(db).where('position', '>', after).orderBy('position').limit(limit).execute();
  return rows.map(({ id: _id, position, hash, mac, ...content }) => ({
    ...content,
    position: position ?? 0,
    hash: hash ?? NO_HASH,
    mac: mac ?? NO_HASH,
  }));
}

/** What leaves the installation: everything but the MAC, whose key nobody else has. */
export async function exportAudit(context: Pick<Context, 'db'>, after: number, limit: number) {
  const events = await chained(context, after, limit);
  return events.map(({ mac: _mac, hash, ...content }) => ({ ...content, hash: hash.toString('hex') }));
}
