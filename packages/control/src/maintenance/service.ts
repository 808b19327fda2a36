import { can } from '@orangery/contract';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { findMaintenance, type Maintenance, windowOf } from './store.ts';
import { MINUTE_MS } from './window.ts';

/** Of a pool without a window: what the work of one machine may take. */
const LIMIT_MINUTES = 60;
/** Beyond what the work may take: a machine that is off boots first. */
const BOOT_MS = 15 * MINUTE_MS;

export const THROWN_AWAY =
  'Machines of this pool are thrown away at log-off: nothing that is done in them lasts. Refresh their image instead, on a schedule or now.';

export type Asked =
  | { kind: 'asked'; maintenance: Maintenance; made: boolean }
  | { kind: 'missing' }
  | { kind: 'refused'; reason: string };

/** The maintenance of a machine, now. Where one waits for its moment it is that one; where one runs, nothing changes. */
export async function maintainNow(context: Context, machineId: string, who: string): Promise<Asked> {
  const { db, clock } = context;
  const outcome = await db.transaction().execute(async (trx) => {
    // With its row locked nobody is given the machine in between, and of two who ask one is second.
    const machine = await trx
      .selectFrom('machine')
      .innerJoin('pool', 'pool.id', 'machine.pool_id')
      .select(['machine.id', 'machine.name', 'machine.tenant_id', 'machine.pool_id', 'machine.host_id'])
      .select(['machine.desired', 'machine.phase', 'pool.kind', 'pool.maintenance'])
      .where('machine.id', '=', machineId)
      .forUpdate('machine')
      .executeTakeFirst();
    if (machine === undefined) return { kind: 'missing' } as const;
    const refused = (reason: string) => ({ kind: 'refused', reason }) as const;
    if (machine.kind !== 'persistent') return refused(THROWN_AWAY);
    if (machine.desired === 'absent') return refused(`${machine.name} is taken away.`);
    const verdict = can.maintainMachine(machine.phase);
    if (!verdict.allowed) return refused(verdict.reason);
    const open = await trx
      .selectFrom('machine_maintenance')
      .select(['id', 'phase'])
      .where('machine_id', '=', machineId)
      .where('ended_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (open !== undefined && open.phase !== 'planned') return { kind: 'there', id: open.id } as const;
    const session = await trx
      .selectFrom('session')
      .innerJoin('principal', 'principal.id', 'session.principal_id')
      .select('principal.name')
      .where('session.machine_id', '=', machineId)
      .where('session.ended_at', 'is', null)
      .where('session.phase', '!=', 'disconnected')
      .executeTakeFirst();
    if (session !== undefined)
      return refused(`${session.name} works on ${machine.name} now. Ask again when they have left it.`);
    const now = clock.now();
    const limitS = (windowOf(machine.maintenance)?.limitMinutes ?? LIMIT_MINUTES) * 60;
    const values = {
      due_at: new Date(now),
      until: new Date(now + limitS * 1_000 + BOOT_MS),
      limit_s: limitS,
      asked_by: who,
      reason: null,
    };
    const { id } =
      open === undefined
        ? await trx
            .insertInto('machine_maintenance')
            .values({
              ...values,
              tenant_id: machine.tenant_id,
              pool_id: machine.pool_id,
              machine_id: machine.id,
              host_id: machine.host_id,
              machine: machine.name,
            })
            .returning('id')
            .executeTakeFirstOrThrow()
        : await trx
            .updateTable('machine_maintenance')
            .set(values)
            .where('id', '=', open.id)
            .returning('id')
            .executeTakeFirstOrThrow();
    await sql`select pg_notify('orangery_nudge', ${`maintenances:${id}`})`.execute(trx);
    return { kind: 'made', id } as const;
  });
  if (outcome.kind === 'missing' || outcome.kind === 'refused') return outcome;
  const maintenance = await findMaintenance(context, outcome.id);
  if (maintenance === undefined) return { kind: 'missing' };
  return { kind: 'asked', maintenance, made: outcome.kind === 'made' };
}

/** Ends what waits or runs on a machine, as soon as its guest hears of it; undefined: nothing does. */
export async function stopMaintenance(
  context: Context,
  machineId: string,
  who: string,
): Promise<Maintenance | undefined> {
  const { db } = context;
  const stopped = await db
    .updateTable('machine_maintenance')
    .set({ stopped_by: sql`coalesce(stopped_by, ${who})` })
    .where('machine_id', '=', machineId)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (stopped === undefined) return undefined;
  await sql`select pg_notify('orangery_nudge', ${`maintenances:${stopped.id}`})`.execute(db);
  return findMaintenance(context, stopped.id);
}
