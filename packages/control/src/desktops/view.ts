import type { DesktopState } from '@orangery/contract';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { progressOf } from '../rows.ts';
import { decideDesktop } from './policy.ts';

/** Administrators of a tenant may use all its desktops. */
export type PrincipalOf = { id: string; tenantId: string; roles: readonly string[] };

/** A person's session of a pool, while there is one. */
export type LiveSession = {
  id: string;
  phase: 'waiting' | 'connected' | 'disconnected';
  since: Date;
  mode: 'desktop' | 'application';
  profile: 'none' | 'disk' | 'conflict';
  viewer: unknown;
  viewer_since: Date | null;
  /** Those that were opened in it. */
  applications: string[];
};

/** How a pool is for one person. */
export type PoolView = {
  title: string;
  description: string;
  image: string;
  own: boolean;
  profile: boolean;
  live: LiveSession | undefined;
  state: DesktopState;
  reason: string;
  progress: ReturnType<typeof progressOf>;
};

/** How pools are for a person, by the pool's id. */
export async function poolViews(
  context: Context,
  principal: PrincipalOf,
  poolIds: readonly string[],
): Promise<Map<string, PoolView>> {
  if (poolIds.length === 0) return new Map();
  const { db } = context;
  const pools = await db
    .selectFrom('pool')
    .innerJoin('image', 'image.id', 'pool.image_id')
    .selectAll('pool')
    .select(['image.name as imageName', 'image.description as imageDescription'])
    .where('pool.id', 'in', [...poolIds])
    .execute();
  const { hosts } = await db
    .selectFrom('host')
    .select((eb) => eb.fn.countAll<number>().as('hosts'))
    .where('phase', '=', 'ready')
    .executeTakeFirstOrThrow();
  const views = await Promise.all(
    pools.map(async (pool): Promise<[string, PoolView]> => {
      const live = await liveSession(context, principal.id, pool.id);
      const machines = await db
        .selectFrom('machine')
        .select([
          sql<number>`count(*) filter (where phase = 'ready' and taken_at is null)`.as('ready'),
          sql<number>`count(*) filter (where phase in ('planned','cloning','booting','identifying') and taken_at is null)`.as(
            'starting',
          ),
          sql<number>`count(*)`.as('all'),
          sql<boolean>`coalesce(bool_or(principal_id = ${principal.id}), false)`.as('mine'),
        ])
        .where('pool_id', '=', pool.id)
        .where('desired', '=', 'running')
        .executeTakeFirstOrThrow();
      const version = await db
        .selectFrom('image_version')
        .selectAll()
        .where('image_id', '=', pool.image_id)
        .where('desired', '=', 'ready')
        // What its sessions get comes before what it is kept on, and that before what others follow.
        .orderBy((eb) => eb('id', 'is not distinct from', pool.serves_version_id), 'desc')
        .orderBy((eb) => eb('id', 'is not distinct from', pool.image_version_id), 'desc')
        .orderBy('current', 'desc')
        .orderBy('version', 'desc')
        .executeTakeFirst();
      const template =
        version === undefined
          ? undefined
          : await db
              .selectFrom('template')
              .selectAll()
              .where('image_version_id', '=', version.id)
              .where('cpus', '=', pool.cpus)
              .where('memory_mib', '=', pool.memory_mib)
              .orderBy(sql`phase <> 'ready'`)
              .executeTakeFirst();
      const own = pool.kind === 'persistent';
      const { state, reason } = decideDesktop({
        session: live,
        machines,
        closedReason: pool.closed_reason,
        own: own ? (machines.mine ? 'made' : 'whenOpened') : undefined,
        room: pool.machines_max - machines.all,
        template,
        image: version,
        hostsReady: hosts,
      });
      const brings = live === undefined ? pool.profile_gib !== null : live.profile === 'disk';
      const view: PoolView = {
        title: pool.title,
        description: pool.description === '' ? pool.imageDescription : pool.description,
        image: pool.imageName,
        own,
        profile: !own && brings,
        live,
        state,
        reason,
        progress: progressOf(template?.progress) ?? progressOf(version?.progress),
      };
      return [pool.id, view];
    }),
  );
  return new Map(views);
}

async function liveSession(
  { db }: Context,
  principalId: string,
  poolId: string,
): Promise<LiveSession | undefined> {
  const row = await db
    .selectFrom('session')
    .select(['id', 'phase', 'phase_since as since', 'mode', 'profile', 'viewer', 'viewer_since'])
    .select(
      sql<string[]>`coalesce((select json_agg(distinct application_id) from session_program p
        where p.session_id = session.id and p.reason is null and application_id is not null), '[]')`.as(
        'applications',
      ),
    )
    .where('principal_id', '=', principalId)
    .where('pool_id', '=', poolId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  // A session's end is one statement: one that is not over has a phase of those that live.
  if (row === undefined || row.phase === 'ended') return undefined;
  return { ...row, phase: row.phase };
}
