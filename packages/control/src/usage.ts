import type { DB } from '@orangery/database';
import type { Kysely } from 'kysely';

/** Appends one usage event; call it in the transaction that makes the change it tells of. */
export async function recordUsage(
  db: Kysely<DB>,
  of: { id: string; tenant_id: string; principal_id?: string | null; costCentre?: string | null },
  kind:
    | 'machine.started'
    | 'machine.stopped'
    | 'machine.maintained'
    | 'session.started'
    | 'session.connected'
    | 'session.disconnected'
    | 'session.ended',
  amount: object,
): Promise<void> {
  await db
    .insertInto('usage_event')
    .values({
      tenant_id: of.tenant_id,
      principal_id: of.principal_id ?? null,
      cost_centre: of.costCentre ?? null,
      kind,
      subject_id: of.id,
      amount: JSON.stringify(amount),
    })
    .execute();
}
