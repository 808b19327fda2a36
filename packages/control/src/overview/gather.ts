import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { listHosts, listQuarantine } from '../hosts/store.ts';
import { mailSettings } from '../mail/store.ts';
import type { Scope } from '../tenants/scope.ts';
import type { Facts, PoolFacts, ServerFacts } from './facts.ts';

/** No page shows more of a kind. */
const MAX = 500;

/** Looks at what the caller may see in the tenant of the call. */
export async function overviewFacts(
  context: Context,
  { tenantId, rights }: Pick<Scope, 'tenantId' | 'rights'>,
  server: () => Promise<ServerFacts>,
): Promise<Facts> {
  const { db, clock } = context;
  const { stopped } = await db
    .selectFrom('host')
    .select(sql<boolean>`count(*) > 0 and bool_and(phase = 'stopped')`.as('stopped'))
    .executeTakeFirstOrThrow();
  return {
    nowMs: clock.now(),
    stopped,
    ...(rights.has('installation') ? await installationFacts(context, server) : {}),
    ...(rights.has('images.look') ? await imageFacts(context, tenantId) : {}),
    ...(rights.has('pools.look') ? { pools: await poolFacts(context, tenantId) } : {}),
    ...(rights.has('machines.look') ? { failed: await failedMachines(context, tenantId) } : {}),
    ...(rights.has('people.change') ? { passwordAlone: await passwordAlone(context, tenantId) } : {}),
    ...(rights.has('sessions.look') ? { sessions: await sessionFacts(context, tenantId) } : {}),
  };
}

async function installationFacts(context: Context, server: () => Promise<ServerFacts>) {
  const { db } = context;
  const hosts = await listHosts(context);
  const loops = await db
    .selectFrom('loop_status')
    .select(['loop', 'key', 'detail'])
    .where('outcome', '=', 'failed')
    .orderBy('loop')
    .orderBy('key')
    .limit(MAX)
    .execute();
  const mails = await db
    .selectFrom('mail')
    .select([sql<number>`count(*)`.as('waiting'), sql<string | null>`max(reason)`.as('reason')])
    .where('attempts', '>', 0)
    .executeTakeFirstOrThrow();
  return {
    server: await server(),
    hosts: hosts.map(({ id, name, phase, reason, facts }) => ({
      id,
      name,
      phase,
      reason,
      emulated: facts?.accelerator === 'tcg',
    })),
    storage: hosts.flatMap(({ id, name, storage }) =>
      storage === null ? [] : [{ id, host: name, ...storage }],
    ),
    quarantine: await listQuarantine(context),
    loops,
    mail: { setUp: (await mailSettings(context)) !== undefined, ...mails },
  } satisfies Partial<Facts>;
}

async function imageFacts({ db }: Context, tenantId: string) {
  const images = await db
    .selectFrom('image_version as version')
    .innerJoin('image', 'image.id', 'version.image_id')
    .select(['version.id', 'image.title', 'version.version', 'version.phase', 'version.reason'])
    .select(
      sql<boolean>`version.phase = 'failed'
        and (version.path is not null or (image.recipe is not null and version.source <> 'import'))`.as(
        'again',
      ),
    )
    .where((eb) => eb.or([eb('image.tenant_id', 'is', null), eb('image.tenant_id', '=', tenantId)]))
    .where('version.desired', '=', 'ready')
    // What somebody changes at leisure is in nobody's way.
    .where('version.phase', '!=', 'authoring')
    .where((eb) => eb.or([eb('version.current', '=', true), eb('version.phase', '!=', 'ready')]))
    .orderBy('image.title')
    .limit(MAX)
    .execute();
  const templates = await db
    .selectFrom('template')
    .innerJoin('image_version as version', 'version.id', 'template.image_version_id')
    .innerJoin('image', 'image.id', 'version.image_id')
    .innerJoin('host', 'host.id', 'template.host_id')
    .select(['template.id', 'image.title as image', 'host.name as host', 'template.phase', 'template.reason'])
    .where((eb) => eb.or([eb('image.tenant_id', 'is', null), eb('image.tenant_id', '=', tenantId)]))
    .where('template.desired', '=', 'ready')
    .limit(MAX)
    .execute();
  return { images, templates } satisfies Partial<Facts>;
}

const poolFacts = async ({ db }: Context, tenantId: string): Promise<PoolFacts[]> =>
  db
    .selectFrom('pool')
    .select([
      'id',
      'title',
      'kind',
      'ready_count as readyCount',
      'machines_max as machinesMax',
      sql<boolean>`closed_reason is not null`.as('closed'),
      sql<
        string | null
      >`(select detail from loop_status s where s.loop = 'pools' and s.key = pool.id::text)`.as('look'),
      sql<PoolFacts['rolloutStopped']>`(select json_build_object('id', r.id, 'reason', coalesce(r.reason, ''))
        from rollout r where r.pool_id = pool.id and r.phase = 'stopped' order by begun_at desc limit 1)`.as(
        'rolloutStopped',
      ),
      sql<PoolFacts['failures']>`(select json_build_object('count', count(*),
          'reason', (array_agg(f.reason order by f.at desc))[1])
        from machine_failure f where f.pool_id = pool.id and f.at > now() - interval '1 day' having count(*) > 0)`.as(
        'failures',
      ),
      sql<number>`(select count(*) from (
          select distinct on (m.machine_id) outcome, ended_at from machine_maintenance m
          where m.pool_id = pool.id and m.ended_at is not null order by m.machine_id, m.ended_at desc) latest
        where outcome = 'failed' and ended_at > now() - interval '7 days')`.as('maintenanceFailed'),
    ])
    .select((eb) => {
      const machines = (condition: ReturnType<typeof sql<boolean>>) =>
        eb
          .selectFrom('machine')
          .select(sql<number>`count(*) filter (where ${condition})`.as('count'))
          .whereRef('machine.pool_id', '=', 'pool.id')
          .where('machine.desired', '=', 'running');
      return [
        machines(sql`phase = 'ready' and taken_at is null`).as('ready'),
        machines(sql`phase in ('planned', 'cloning', 'booting', 'identifying') and taken_at is null`).as(
          'starting',
        ),
        machines(sql`taken_at is not null`).as('inUse'),
        machines(sql`true`).as('machines'),
      ];
    })
    .where('tenant_id', '=', tenantId)
    .where('desired', '=', 'present')
    .orderBy('title')
    .limit(MAX)
    .execute()
    .then((rows) =>
      rows.map((row) => ({
        ...row,
        ready: row.ready ?? 0,
        starting: row.starting ?? 0,
        inUse: row.inUse ?? 0,
        machines: row.machines ?? 0,
      })),
    );

const failedMachines = ({ db }: Context, tenantId: string) =>
  db
    .selectFrom('machine')
    .innerJoin('pool', 'pool.id', 'machine.pool_id')
    .select(['machine.id', 'machine.name', 'pool.title as pool', 'machine.reason'])
    .where('machine.tenant_id', '=', tenantId)
    .where('machine.phase', '=', 'failed')
    .orderBy('machine.name')
    .limit(MAX)
    .execute();

async function sessionFacts({ db }: Context, tenantId: string): Promise<NonNullable<Facts['sessions']>> {
  const counts = await db
    .selectFrom('session')
    .select([
      sql<number>`count(*) filter (where phase = 'connected')`.as('connected'),
      sql<number>`count(*) filter (where phase = 'disconnected')`.as('disconnected'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  const waiting = await db
    .selectFrom('session')
    .innerJoin('principal', 'principal.id', 'session.principal_id')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .select(['principal.name as person', 'pool.title', 'session.reason', 'session.created_at'])
    .where('session.tenant_id', '=', tenantId)
    .where('session.ended_at', 'is', null)
    .where('session.phase', '=', 'waiting')
    .orderBy('session.created_at')
    .limit(MAX)
    .execute();
  return {
    ...counts,
    waiting: waiting.map(({ created_at, ...row }) => ({ ...row, sinceMs: created_at.getTime() })),
  };
}

/** Of a directory's people the directory says how they sign in. */
const passwordAlone = async ({ db }: Context, tenantId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('principal')
    .select('principal.name')
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', 'person')
    .where('source', '=', 'local')
    .where(sql<boolean>`roles <> '{}'`)
    .where(
      sql<boolean>`not exists (select from auth_second_factor f where f."userId" = principal.auth_user_id and f.verified)
        and not exists (select from passkey where passkey.principal_id = principal.id)`,
    )
    .orderBy('name')
    .limit(MAX)
    .execute();
  return rows.map(({ name }) => name);
};
