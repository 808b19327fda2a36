import type {
  groupAccessSchema,
  groupMemberSchema,
  groupMembersInput,
  groupSchema,
  groupsInput,
  personAccessSchema,
} from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { byId, byText, type Page, readPage } from '../paging/page.ts';
import { containing, nameOrEmailHas } from '../people/search.ts';
import { isPerson } from '../people/service.ts';
import { iso } from '../rows.ts';

export type Group = z.infer<typeof groupSchema>;
export type GroupMember = z.infer<typeof groupMemberSchema>;
export type GroupAccess = z.infer<typeof groupAccessSchema>;
export type PersonAccess = z.infer<typeof personAccessSchema>;

const groups = ({ db }: Pick<Context, 'db'>) =>
  db
    .selectFrom('principal')
    .select(['id', 'name', 'source', 'created_at'])
    .select([
      sql<number>`(select count(*) from group_member m where m.group_id = principal.id)`.as('members'),
      sql<number>`(select count(*) from entitlement e join pool on pool.id = e.pool_id
        where e.principal_id = principal.id and pool.desired = 'present')`.as('pools'),
      sql<number>`(select count(*) from application_entitlement e
        join application on application.id = e.application_id join pool on pool.id = application.pool_id
        where e.principal_id = principal.id and pool.desired = 'present')`.as('applications'),
    ])
    .where('kind', '=', 'group');

type GroupRow = Awaited<ReturnType<ReturnType<typeof groups>['executeTakeFirstOrThrow']>>;

const toGroup = ({ id, name, source, members, pools, applications, created_at }: GroupRow): Group => ({
  id,
  name,
  source,
  members,
  pools,
  applications,
  createdAt: iso(created_at),
});

/** A page of a tenant's groups by name, of those with `search` in it. */
export async function listGroups(
  context: Pick<Context, 'db' | 'mac'>,
  tenantId: string,
  { limit, cursor, search = '' }: z.infer<typeof groupsInput>,
): Promise<Page<Group>> {
  let found = groups(context).where('tenant_id', '=', tenantId);
  if (search !== '') found = found.where('name', 'ilike', containing(search));
  const keys = [byText(sql`lower(name)`), byId('id')];
  const question = ['groups', tenantId, search];
  return readPage(context, found, { question, keys, order: 'asc', limit, cursor }, toGroup);
}

export async function findGroup(context: Pick<Context, 'db'>, id: string): Promise<Group | undefined> {
  const row = await groups(context).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toGroup(row);
}

function members({ db }: Pick<Context, 'db'>, groupId: string) {
  return db
    .selectFrom('group_member')
    .innerJoin('principal', 'principal.id', 'group_member.person_id')
    .leftJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .select([
      'principal.id',
      'principal.name',
      'principal.roles',
      'auth_user.email',
      'group_member.created_at',
    ])
    .where('group_member.group_id', '=', groupId);
}

/** A page of them by name. */
export async function listMembers(
  context: Pick<Context, 'db' | 'mac'>,
  { id, limit, cursor, search = '' }: z.infer<typeof groupMembersInput>,
): Promise<Page<GroupMember>> {
  let found = members(context, id);
  if (search !== '') found = found.where(nameOrEmailHas(search));
  const keys = [byText(sql`lower(principal.name)`), byId('principal.id')];
  const question = ['members', id, search];
  return readPage(context, found, { question, keys, order: 'asc', limit, cursor }, toMember);
}

export async function findMember(
  context: Pick<Context, 'db'>,
  groupId: string,
  personId: string,
): Promise<GroupMember | undefined> {
  const row = await members(context, groupId).where('principal.id', '=', personId).executeTakeFirst();
  return row === undefined ? undefined : toMember(row);
}

type MemberRow = Omit<GroupMember, 'since'> & { created_at: Date };

const toMember = ({ id, name, email, roles, created_at }: MemberRow): GroupMember => ({
  id,
  name,
  email,
  roles,
  since: iso(created_at),
});

/** What a group may use, by title. */
export async function accessOfGroup({ db }: Pick<Context, 'db'>, groupId: string): Promise<GroupAccess> {
  const desktops = await db
    .selectFrom('entitlement')
    .innerJoin('pool', 'pool.id', 'entitlement.pool_id')
    .select(['pool.id', 'pool.title', 'entitlement.id as entitlementId'])
    .where('entitlement.principal_id', '=', groupId)
    .where('pool.desired', '=', 'present')
    .orderBy('pool.title')
    .execute();
  const applications = await db
    .selectFrom('application_entitlement')
    .innerJoin('application', 'application.id', 'application_entitlement.application_id')
    .innerJoin('pool', 'pool.id', 'application.pool_id')
    .select(['application.id', 'application.title', 'application_entitlement.id as entitlementId'])
    .where('application_entitlement.principal_id', '=', groupId)
    .where('pool.desired', '=', 'present')
    .orderBy('application.title')
    .execute();
  return { desktops, applications };
}

/** What a person may use, and each way to it; undefined where there is no such person. */
export async function accessOfPerson(
  { db }: Pick<Context, 'db'>,
  personId: string,
): Promise<PersonAccess | undefined> {
  if (!(await isPerson({ db }, personId))) return undefined;
  const groups = await db
    .selectFrom('group_member')
    .innerJoin('principal', 'principal.id', 'group_member.group_id')
    .select(['principal.id', 'principal.name'])
    .where('group_member.person_id', '=', personId)
    .orderBy(sql`lower(principal.name)`)
    .execute();
  const desktops = await db
    .selectFrom('entitled_to_pool as entitled')
    .innerJoin('pool', 'pool.id', 'entitled.pool_id')
    .innerJoin('principal', 'principal.id', 'entitled.principal_id')
    .select([
      'pool.id',
      'pool.title',
      'entitled.entitlement_id',
      'principal.kind',
      'principal.id as groupId',
      'principal.name',
    ])
    .where('entitled.person_id', '=', personId)
    .where('pool.desired', '=', 'present')
    .orderBy('pool.title')
    .orderBy(sql`lower(principal.name)`)
    .execute();
  const applications = await db
    .selectFrom('entitled_to_application as entitled')
    .innerJoin('application', 'application.id', 'entitled.application_id')
    .innerJoin('pool', 'pool.id', 'application.pool_id')
    .innerJoin('principal', 'principal.id', 'entitled.principal_id')
    .select([
      'application.id',
      'application.title',
      'entitled.entitlement_id',
      'principal.kind',
      'principal.id as groupId',
      'principal.name',
    ])
    .where('entitled.person_id', '=', personId)
    .where('pool.desired', '=', 'present')
    .orderBy('application.title')
    .orderBy(sql`lower(principal.name)`)
    .execute();
  return { groups, desktops: byThing(desktops), applications: byThing(applications) };
}

type Way = {
  id: string;
  title: string;
  entitlement_id: string;
  kind: 'person' | 'group';
  groupId: string;
  name: string;
};

/** Ways to things, in their order, as each thing with its ways. */
function byThing(ways: readonly Way[]): PersonAccess['desktops'] {
  const things = new Map<string, PersonAccess['desktops'][number]>();
  for (const { id, title, entitlement_id, kind, groupId, name } of ways) {
    const thing = things.get(id) ?? { id, title, entitlementId: null, groups: [] };
    things.set(id, thing);
    if (kind === 'person') thing.entitlementId = entitlement_id;
    else thing.groups.push({ id: groupId, name });
  }
  return [...things.values()];
}
