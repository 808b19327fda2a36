import type { Context } from '../context.ts';

export type AuditEntry = {
  actor: string;
  principalId?: string | undefined;
  tenantId?: string | undefined;
  action: string;
  subject: { kind: string; id: string };
  outcome: string;
  detail?: object;
  client?: string | undefined;
};

/** Appends one audit event. `detail` never holds a secret. */
export async function recordAudit({ db }: Pick<Context, 'db'>, entry: AuditEntry): Promise<void> {
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
      detail: JSON.stringify(entry.detail ?? {}),
      client: entry.client ?? null,
    })
    .execute();
}

export async function listAudit({ db }: Context, limit: number) {
  const rows = await db.selectFrom('audit_event').selectAll().orderBy('id', 'desc').limit(limit).execute();
  return rows.map((row) => ({
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    outcome: row.outcome,
  }));
}
