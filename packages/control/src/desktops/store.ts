import type { desktopSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso, progressOf } from '../rows.ts';
import { viewerOf } from '../sessions/store.ts';
import { decideDesktop } from './policy.ts';

export type Desktop = z.infer<typeof desktopSchema>;

/** Pools that a person may use, directly or as an administrator of the tenant. */
export async function mayUsePool(
  { db }: Context,
  principal: { id: string; tenantId: string; role: string },
  poolId: string,
): Promise<boolean> {
  const pools = await usablePools(db, principal).where('pool.id', '=', poolId).execute();
  return pools.length > 0;
}

function usablePools(db: Context['db'], principal: { id: string; tenantId: string; role: string }) {
  const pools = db
    .selectFrom('pool')
    .innerJoin('image', 'image.id', 'pool.image_id')
    .selectAll('pool')
    .select(['image.name as imageName', 'image.description as imageDescription'])
    .where('pool.tenant_id', '=', principal.tenantId)
    .where('pool.desired', '=', 'present')
    .orderBy('pool.title');
  if (principal.role === 'administrator') return pools;
  return pools.where('pool.id', 'in', (eb) =>
    eb.selectFrom('entitlement').select('pool_id').where('principal_id', '=', principal.id),
  );
}

/** A person's desktops with their live state. */
export async function listDesktops(
  { db }: Context,
  principal: { id: string; tenantId: string; role: string },
): Promise<Desktop[]> {
  const pools = await usablePools(db, principal).execute();
  const { hosts } = await db
    .selectFrom('host')
    .select((eb) => eb.fn.countAll<number>().as('hosts'))
    .where('phase', '=', 'ready')
    .executeTakeFirstOrThrow();
  return Promise.all(
    pools.map(async (pool) => {
      const session = await db
        .selectFrom('session')
        .select(['id', 'phase', 'phase_since', 'profile', 'viewer', 'viewer_since'])
        .where('principal_id', '=', principal.id)
        .where('pool_id', '=', pool.id)
        .where('ended_at', 'is', null)
        .executeTakeFirst();
      const machines = await db
        .selectFrom('machine')
        .select([
          sql<number>`count(*) filter (where phase = 'ready' and taken_at is null)`.as('ready'),
          sql<number>`count(*) filter (where phase in ('planned','cloning','booting','identifying') and taken_at is null)`.as(
            'starting',
          ),
          sql<number>`count(*)`.as('all'),
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
      const live = session?.phase === 'ended' ? undefined : session;
      const { state, reason } = decideDesktop({
        session: live === undefined ? undefined : { phase: live.phase === 'ended' ? 'waiting' : live.phase },
        machines,
        closedReason: pool.closed_reason,
        own: pool.kind === 'persistent',
        room: pool.machines_max - machines.all,
        template,
        image: version,
        hostsReady: hosts,
      });
      return {
        poolId: pool.id,
        title: pool.title,
        description: pool.description === '' ? pool.imageDescription : pool.description,
        image: pool.imageName,
        own: pool.kind === 'persistent',
        profile:
          pool.kind === 'pooled' &&
          (live === undefined ? pool.profile_gib !== null : live.profile === 'disk'),
        state,
        reason,
        progress: progressOf(template?.progress) ?? progressOf(version?.progress),
        session:
          live === undefined
            ? null
            : { id: live.id, phase: live.phase, since: iso(live.phase_since), viewer: viewerOf(live) },
      };
    }),
  );
}
