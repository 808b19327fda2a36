import {
  maintenanceItemSchema,
  type maintenanceSchema,
  maintenanceWindowSchema,
  type poolMaintenanceSchema,
} from '@orangery/contract';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { iso, isoOrNull } from '../rows.ts';
import { keptMachines } from './machines.ts';
import { type MaintenanceWindow, MINUTE_MS, momentsOf, openingsAt } from './window.ts';

export type Maintenance = z.infer<typeof maintenanceSchema>;
export type PoolMaintenance = z.infer<typeof poolMaintenanceSchema>;

const MACHINES_MAX = 2_000;
const ASKED_MAX = 100;
const ASKED_DAYS = 7;

/** The window in a row of a pool. */
export function windowOf(column: unknown): MaintenanceWindow | null {
  const parsed = maintenanceWindowSchema.safeParse(column);
  return parsed.success ? parsed.data : null;
}

/** What programs of a guest said, in a row. */
export function maintenanceItems(column: unknown): Maintenance['items'] {
  const items = z.array(maintenanceItemSchema).safeParse(column);
  return items.success ? items.data : [];
}

const rowsOf = ({ db }: Pick<Context, 'db'>) =>
  db
    .selectFrom('machine_maintenance as maintenance')
    .leftJoin('host', 'host.id', 'maintenance.host_id')
    .leftJoin('machine', 'machine.id', 'maintenance.machine_id')
    .leftJoin('principal as owner', 'owner.id', 'machine.principal_id')
    .selectAll('maintenance')
    .select(['host.name as host', 'owner.name as owner']);

function shown(row: Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]): Maintenance {
  return {
    id: row.id,
    machineId: row.machine_id,
    machine: row.machine,
    host: row.host,
    owner: row.owner,
    phase: row.phase,
    outcome: row.outcome,
    reason: row.reason,
    dueAt: iso(row.due_at),
    startedAt: isoOrNull(row.started_at),
    endedAt: isoOrNull(row.ended_at),
    askedBy: row.asked_by,
    items: maintenanceItems(row.items),
  };
}

/** The last window of a pool with what was done in it, and the next; undefined: there is no such pool. */
export async function maintenanceOf(context: Context, poolId: string): Promise<PoolMaintenance | undefined> {
  const { db, clock } = context;
  const pool = await db
    .selectFrom('pool')
    .select(['maintenance'])
    .where('id', '=', poolId)
    .where('desired', '=', 'present')
    .executeTakeFirst();
  if (pool === undefined) return undefined;
  const window = windowOf(pool.maintenance);
  const now = clock.now();
  const last = await db
    .selectFrom('machine_maintenance')
    .select(['window_from', 'until'])
    .where('pool_id', '=', poolId)
    .where('window_from', 'is not', null)
    .orderBy('window_from', 'desc')
    .executeTakeFirst();
  const asked = await rowsOf(context)
    .where('maintenance.pool_id', '=', poolId)
    .where('maintenance.asked_by', 'is not', null)
    .where('maintenance.created_at', '>', sql<Date>`now() - make_interval(days => ${ASKED_DAYS})`)
    .orderBy('maintenance.created_at', 'desc')
    .limit(ASKED_MAX)
    .execute();
  return {
    window,
    latest: last === undefined ? null : await opened(context, poolId, last, now),
    next: window === null ? null : await planned(context, poolId, window, now),
    asked: asked.map(shown),
  };
}

async function opened(
  context: Context,
  poolId: string,
  { window_from: from, until }: { window_from: Date | null; until: Date },
  now: number,
): Promise<PoolMaintenance['latest']> {
  if (from === null) return null;
  const rows = await rowsOf(context)
    .where('maintenance.pool_id', '=', poolId)
    .where('maintenance.window_from', '=', from)
    .orderBy('maintenance.due_at')
    .orderBy('maintenance.machine')
    .limit(MACHINES_MAX)
    .execute();
  return {
    fromAt: iso(from),
    untilAt: iso(until),
    open: now < until.getTime(),
    machines: rows.map(shown),
  };
}

/** Nothing of it is written down yet: moments follow from the window and the machines alone. */
async function planned(
  context: Context,
  poolId: string,
  window: MaintenanceWindow,
  now: number,
): Promise<NonNullable<PoolMaintenance['next']>> {
  const { next } = openingsAt(window, now);
  const machines = await keptMachines(context, poolId);
  const moments = momentsOf(next, window.limitMinutes * MINUTE_MS, machines);
  const plans = machines.map(({ id, name, host, owner }) => ({
    id: null,
    machineId: id,
    machine: name,
    host,
    owner,
    phase: 'planned' as const,
    outcome: null,
    reason: null,
    dueAt: iso(new Date(moments.get(id) ?? next.fromMs)),
    startedAt: null,
    endedAt: null,
    askedBy: null,
    items: [],
  }));
  return {
    fromAt: iso(new Date(next.fromMs)),
    untilAt: iso(new Date(next.untilMs)),
    machines: plans.toSorted((a, b) => a.dueAt.localeCompare(b.dueAt)).slice(0, MACHINES_MAX),
  };
}

export async function findMaintenance(context: Context, id: string): Promise<Maintenance | undefined> {
  const row = await rowsOf(context).where('maintenance.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : shown(row);
}
