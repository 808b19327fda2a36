import type { desktopSchema } from '@orangery/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { marksFor, marksOf } from '../portal/marks.ts';
import { iso } from '../rows.ts';
import { viewerOf } from '../sessions/store.ts';
import { poolViews, type PrincipalOf } from './view.ts';

export type Desktop = z.infer<typeof desktopSchema>;

/** Pools that a person may use: by themselves, through a group, or as an administrator of the tenant. */
export async function mayUsePool({ db }: Context, principal: PrincipalOf, poolId: string): Promise<boolean> {
  const pools = await usablePools(db, principal).where('pool.id', '=', poolId).execute();
  return pools.length > 0;
}

/** Whether a person may enter a session of theirs: by its pool, or by an application that is open in it alone. */
export async function mayEnterSession(
  context: Context,
  principal: PrincipalOf,
  session: { id: string; poolId: string },
): Promise<boolean> {
  if (await mayUsePool(context, principal, session.poolId)) return true;
  const open = await context.db
    .selectFrom('session')
    .innerJoin('session_program', 'session_program.session_id', 'session.id')
    .innerJoin(
      'entitled_to_application as entitled',
      'entitled.application_id',
      'session_program.application_id',
    )
    .select('session.id')
    .where('session.id', '=', session.id)
    .where('session.mode', '=', 'application')
    .where('entitled.person_id', '=', principal.id)
    .limit(1)
    .executeTakeFirst();
  return open !== undefined;
}

function usablePools(db: Context['db'], principal: PrincipalOf) {
  const pools = db
    .selectFrom('pool')
    .select('pool.id')
    .where('pool.tenant_id', '=', principal.tenantId)
    .where('pool.desired', '=', 'present')
    .orderBy('pool.title');
  if (principal.roles.includes('administrator')) return pools;
  return pools.where('pool.id', 'in', (eb) =>
    eb.selectFrom('entitled_to_pool').select('pool_id').where('person_id', '=', principal.id),
  );
}

/** A person's desktops with their live state. */
export async function listDesktops(context: Context, principal: PrincipalOf): Promise<Desktop[]> {
  const pools = await usablePools(context.db, principal).execute();
  const marks = await marksOf(context, principal.id);
  const views = await poolViews(
    context,
    principal,
    pools.map(({ id }) => id),
  );
  return pools.flatMap(({ id }): Desktop[] => {
    const view = views.get(id);
    if (view === undefined) return [];
    const { live, ...rest } = view;
    const session =
      live === undefined
        ? null
        : { id: live.id, phase: live.phase, since: iso(live.since), viewer: viewerOf(live) };
    return [{ poolId: id, ...rest, session, ...marksFor(marks, id) }];
  });
}
