import type { applicationSchema, myApplicationSchema } from '@orangery/contract';
import { type Kysely, sql } from 'kysely';
import type { DB } from '@orangery/database';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { poolViews, type PrincipalOf } from '../desktops/view.ts';
import { marksFor, marksOf } from '../portal/marks.ts';
import { iso } from '../rows.ts';
import { viewerOf } from '../sessions/store.ts';

export type Application = z.infer<typeof applicationSchema>;
export type MyApplication = z.infer<typeof myApplicationSchema>;

/** The version that a pool's machines are made from now. */
const wantedVersion = sql<string>`coalesce(pool.serves_version_id, pool.image_version_id, (
  select v.id from image_version v where v.image_id = pool.image_id and v.current))`;

const iconOf = (icon: Buffer | null): string | null => icon?.toString('base64') ?? null;

/** A tenant's applications, of pools that are not on their way out. */
export async function listApplications(
  { db }: Context,
  tenantId: string,
  id?: string,
): Promise<Application[]> {
  const applications = db
    .selectFrom('application')
    .innerJoin('pool', 'pool.id', 'application.pool_id')
    .selectAll('application')
    .select(['pool.name as pool'])
    .select([
      sql<boolean>`exists (select from image_program p
        where p.image_version_id = ${wantedVersion} and p.program = application.program)`.as('offered'),
      sql<number>`(select count(*) from application_entitlement e where e.application_id = application.id)`.as(
        'people',
      ),
    ])
    .where('application.tenant_id', '=', tenantId)
    .where('pool.desired', '=', 'present')
    .orderBy('application.title');
  const rows = await (
    id === undefined ? applications : applications.where('application.id', '=', id)
  ).execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    title: row.title,
    description: row.description,
    pool: { id: row.pool_id, name: row.pool },
    program: row.program,
    icon: iconOf(row.icon),
    offered: row.offered,
    people: row.people,
    createdAt: iso(row.created_at),
  }));
}

/** Applications that a person may open; an administrator all of the tenant's. */
function usable(db: Kysely<DB>, principal: PrincipalOf) {
  const applications = db
    .selectFrom('application')
    .innerJoin('pool', 'pool.id', 'application.pool_id')
    .selectAll('application')
    .where('pool.tenant_id', '=', principal.tenantId)
    .where('pool.desired', '=', 'present')
    .orderBy('application.title');
  if (principal.roles.includes('administrator')) return applications;
  return applications.where('application.id', 'in', (eb) =>
    eb.selectFrom('entitled_to_application').select('application_id').where('person_id', '=', principal.id),
  );
}

/** The application, where this person may open it. */
export function usableApplication({ db }: Context, principal: PrincipalOf, id: string) {
  return usable(db, principal).where('application.id', '=', id).executeTakeFirst();
}

/** A person's applications with their live state. */
export async function listMyApplications(context: Context, principal: PrincipalOf): Promise<MyApplication[]> {
  const applications = await usable(context.db, principal).execute();
  const marks = await marksOf(context, principal.id);
  const views = await poolViews(
    context,
    principal,
    applications.map(({ pool_id }) => pool_id),
  );
  return applications.flatMap((application): MyApplication[] => {
    const view = views.get(application.pool_id);
    if (view === undefined) return [];
    const { live, state, reason, progress, own, profile } = view;
    // A session of its pool in which it is not open is a machine that is there already.
    const here = live?.applications.includes(application.id) === true ? live : undefined;
    const shared = live !== undefined && here === undefined && live.phase !== 'waiting';
    return [
      {
        id: application.id,
        poolId: application.pool_id,
        title: application.title,
        description: application.description,
        icon: iconOf(application.icon),
        own,
        profile,
        state: shared ? 'ready' : state,
        reason: shared ? 'Opens on the machine that you have already.' : reason,
        progress,
        ...marksFor(marks, application.id),
        session:
          here === undefined
            ? null
            : { id: here.id, phase: here.phase, since: iso(here.since), viewer: viewerOf(here) },
      },
    ];
  });
}
