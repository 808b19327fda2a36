import type { DB } from '@orangery/database';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Amounts, NOTHING } from './limits.ts';

type Used = (subject: string) => Amounts;

/** GiB of a machine's disk at its full size; `v`: a row of `image_version`, or none. */
const DISK_GIB = sql`ceil(coalesce(v.virtual_bytes, 0) / 1073741824.0)::int`;

/** Of a machine that is there: a copy may have outlived its version. */
const MADE_GIB = sql`coalesce(machine.disk_gib, ${DISK_GIB})`;

/** GiB of an image version's file, also of one that is still on its way; `v`: its row. */
const FILE_GIB = sql`ceil(coalesce(v.file_bytes, (v.upload ->> 'bytes')::bigint, 0) / 1073741824.0)::int`;

/** GiB by which a person's files grow when they are brought to a session; `pool`, and `d`: the disk that they have, or none. */
const FILES_GIB = sql`case when pool.kind = 'pooled' then greatest(0, coalesce(pool.profile_gib, 0) - coalesce(d.size_gib, 0)) else 0 end`;

/**
 * What counts of each, by whom it counts: rows of `subject`, vcpus, memory, disk, machines, sessions. A session of a person's own
 * desktop promises its machine before that has a row; `of`: whose own machine it may have already.
 */
async function summed(db: Kysely<DB>, parts: RawBuilder<unknown>): Promise<Used> {
  const { rows } = await sql<Amounts & { subject: string }>`
    select subject, sum(vcpus)::float8 as vcpus, sum(memory)::float8 as "memoryMib", sum(disk)::float8 as "diskGib",
      sum(machines)::float8 as machines, sum(sessions)::float8 as sessions
    from (${parts}) part group by subject`.execute(db);
  const bySubject = new Map(rows.map(({ subject, ...used }) => [subject, used]));
  return (subject) => bySubject.get(subject) ?? NOTHING;
}

/**
 * What tenants use: their machines, those promised to open sessions, their open sessions, their people's files,
 * and their images. */
export function usedByTenants(db: Kysely<DB>, tenantIds: readonly string[]): Promise<Used> {
  const ids = sql`${[...tenantIds]}::uuid[]`;
  return summed(
    db,
    sql`
    select machine.tenant_id as subject, pool.cpus as vcpus, pool.memory_mib as memory, ${MADE_GIB} as disk,
      1 as machines, 0 as sessions
    from machine join pool on pool.id = machine.pool_id left join image_version v on v.id = machine.image_version_id
    where machine.tenant_id = any(${ids}) and machine.desired = 'running'
    union all
    select session.tenant_id,
      case when promised then pool.cpus else 0 end, case when promised then pool.memory_mib else 0 end,
      case when promised then ${DISK_GIB} else 0 end + ${FILES_GIB}, promised::int, 1
    from session join pool on pool.id = session.pool_id
      left join image_version v on v.id = pool.serves_version_id
      left join profile_disk d on d.principal_id = session.principal_id
      cross join lateral (select pool.kind = 'persistent' and not exists (
        select from machine own where own.pool_id = session.pool_id and own.principal_id = session.principal_id
          and own.desired = 'running') as promised) it
    where session.tenant_id = any(${ids}) and session.ended_at is null
    union all
    select tenant_id, 0, 0, size_gib, 0, 0 from profile_disk where tenant_id = any(${ids})
    union all
    select image.tenant_id, 0, 0, ${FILE_GIB}, 0, 0
    from image_version v join image on image.id = v.image_id
    where image.tenant_id = any(${ids}) and v.desired = 'ready'`,
  );
}

/** Only how many sessions tenants have open: an index has it, where machines would have to be read. */
export async function openSessionsOf(db: Kysely<DB>, tenantId: string): Promise<Amounts> {
  const { sessions } = await db
    .selectFrom('session')
    .select((eb) => eb.fn.countAll<number>().as('sessions'))
    .where('tenant_id', '=', tenantId)
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  return { ...NOTHING, sessions };
}

/** What people use: machines of their own, those of their sessions, also of one that waits for its, and their files. */
export const usedByPeople = (db: Kysely<DB>, personIds: readonly string[]): Promise<Used> =>
  usedBy(db, sql`select id as subject, id as person from unnest(${[...personIds]}::uuid[]) who (id)`);

/** What the members of groups use together. */
export const usedByGroups = (db: Kysely<DB>, groupIds: readonly string[]): Promise<Used> =>
  usedBy(
    db,
    sql`select group_id as subject, person_id as person from group_member where group_id = any(${[...groupIds]}::uuid[])`,
  );

function usedBy(db: Kysely<DB>, who: RawBuilder<unknown>): Promise<Used> {
  return summed(
    db,
    sql`
    select who.subject, pool.cpus as vcpus, pool.memory_mib as memory, ${MADE_GIB} as disk, 1 as machines, 0 as sessions
    from (${who}) who join machine on machine.principal_id = who.person and machine.desired = 'running'
      join pool on pool.id = machine.pool_id left join image_version v on v.id = machine.image_version_id
    union all
    select who.subject, case when own.id is null then pool.cpus else 0 end,
      case when own.id is null then pool.memory_mib else 0 end,
      case when own.id is null and pool.kind = 'persistent' then ${DISK_GIB} else 0 end + ${FILES_GIB},
      (own.id is null)::int, 1
    from (${who}) who join session on session.principal_id = who.person and session.ended_at is null
      join pool on pool.id = session.pool_id
      left join image_version v on v.id = pool.serves_version_id
      left join profile_disk d on d.principal_id = who.person
      left join machine own on own.pool_id = session.pool_id and own.principal_id = who.person and own.desired = 'running'
    union all
    select who.subject, 0, 0, d.size_gib, 0, 0
    from (${who}) who join profile_disk d on d.principal_id = who.person`,
  );
}
