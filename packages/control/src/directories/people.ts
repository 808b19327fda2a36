import { isUniqueViolation } from '../rows.ts';
import type { Context } from '../context.ts';
import { recordAudit } from '../audit/store.ts';
import { endSignIns } from '../sign-in/sign-ins.ts';
import { endUnentitled } from '../sessions/service.ts';
import type { DirectoryPerson } from './directory.ts';
import { emailOf, membershipChanges, rolesOf } from './policy.ts';
import type { Directory } from './store.ts';

/** Somebody of a directory as they are here. */
export type Known = { id: string; userId: string; endedAt: Date | null };
/** `taken`: their address is somebody else's here. `full`: the directory has as many people here as it may. */
export type Arrival = { kind: 'in'; person: Known; made: boolean } | { kind: 'taken' } | { kind: 'full' };

const TRIES = 3;

/** A person of a directory who has been here before. */
export async function knownPerson(
  { db }: Pick<Context, 'db'>,
  directory: Pick<Directory, 'name'>,
  externalId: string,
): Promise<Known | undefined> {
  return db
    .selectFrom('principal')
    .select(['id', 'auth_user_id as userId', 'ended_at as endedAt'])
    .where('source', '=', directory.name)
    .where('external_id', '=', externalId)
    .where('kind', '=', 'person')
    .where('auth_user_id', 'is not', null)
    .$narrowType<{ userId: string }>()
    .executeTakeFirst();
}

/** Lets somebody in whom the directory vouches for: makes them at their first sign-in, else brings what is known of them up to date. */
export async function arrive(
  context: Context,
  directory: Directory,
  person: DirectoryPerson,
  groupIds: ReadonlySet<string>,
): Promise<Arrival> {
  for (let tries = 1; ; tries += 1) {
    const before = await knownPerson(context, directory, person.id);
    if (before !== undefined) {
      await bringUpToDate(context, directory, before.id, person, groupIds);
      return { kind: 'in', person: { ...before, endedAt: null }, made: false };
    }
    if (await isFull(context, directory)) return { kind: 'full' };
    try {
      const made = await make(context, directory, person);
      await bringUpToDate(context, directory, made.id, person, groupIds);
      return { kind: 'in', person: made, made: true };
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      // Either they came twice at the same moment, or the address is another's: the next look tells.
      if (tries >= TRIES) return { kind: 'taken' };
    }
  }
}

async function isFull({ db }: Context, { name, settings }: Directory): Promise<boolean> {
  const { count } = await db
    .selectFrom('principal')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('source', '=', name)
    .where('kind', '=', 'person')
    .executeTakeFirstOrThrow();
  return count >= settings.peopleMax;
}

/** In one transaction: nobody is half there. An account that exists is never taken over, whatever address a directory tells. */
async function make(
  { db, rng }: Context,
  { name: source, tenantId }: Directory,
  person: DirectoryPerson,
): Promise<Known> {
  return db.transaction().execute(async (trx) => {
    const user = await trx
      .insertInto('auth_user')
      .values({
        id: rng.uuid(),
        name: person.name,
        email: emailOf(source, person),
        emailVerified: person.email !== null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { id } = await trx
      .insertInto('principal')
      .values({
        tenant_id: tenantId,
        kind: 'person',
        name: person.name,
        auth_user_id: user.id,
        source,
        external_id: person.id,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { id, userId: user.id, endedAt: null };
  });
}

/** Name, address, role and groups as the directory has them now; back again if they had been ended. */
export async function bringUpToDate(
  context: Context,
  directory: Directory,
  principalId: string,
  person: DirectoryPerson,
  groupIds: ReadonlySet<string>,
): Promise<void> {
  const { db, clock } = context;
  const { roles: rules } = directory.settings;
  const before = await db
    .selectFrom('principal')
    .select(['roles', 'auth_user_id'])
    .where('id', '=', principalId)
    .executeTakeFirst();
  if (before === undefined) return;
  // Without a rule roles are given here.
  const roles = rules.length === 0 ? before.roles : rolesOf(rules, groupIds);
  await db
    .updateTable('principal')
    .set({
      name: person.name,
      external_name: person.login,
      roles: [...roles],
      ended_at: null,
      looked_at: new Date(clock.now()),
    })
    .where('id', '=', principalId)
    .execute();
  if (before.auth_user_id !== null) await rename(context, directory, before.auth_user_id, person);
  if ([...roles].sort().join() !== [...before.roles].sort().join())
    await tell(context, directory, 'user.roles', principalId, { from: before.roles, to: roles });
  await assign(context, directory, principalId, groupIds);
}

async function rename(
  { db, log }: Context,
  directory: Directory,
  userId: string,
  person: DirectoryPerson,
): Promise<void> {
  const email = emailOf(directory.name, person);
  const user = db.updateTable('auth_user').where('id', '=', userId);
  await user
    .set({ name: person.name, email, emailVerified: person.email !== null })
    .where((eb) => eb.or([eb('name', '!=', person.name), eb('email', '!=', email)]))
    .execute()
    .catch(async (error: unknown) => {
      if (!isUniqueViolation(error)) throw error;
      log.warn(
        { directory: directory.name, userId },
        'the new address is another person’s: the old one stays',
      );
      await user.set({ name: person.name }).execute();
    });
}

async function assign(
  context: Context,
  directory: Directory,
  personId: string,
  groupIds: ReadonlySet<string>,
): Promise<void> {
  const { db } = context;
  const chosen = await chosenGroups(context, directory.name);
  if (chosen.length === 0) return;
  const is = await db
    .selectFrom('group_member')
    .select('group_id')
    .where('person_id', '=', personId)
    .execute();
  const { add, remove } = membershipChanges(
    chosen,
    is.map(({ group_id: id }) => id),
    groupIds,
  );
  if (add.length > 0)
    await db
      .insertInto('group_member')
      .columns(['group_id', 'person_id'])
      // A group that is taken out in this moment is left out.
      .expression((eb) =>
        eb
          .selectFrom('principal')
          .select((row) => [
            row.ref('id').as('group_id'),
            row.val(personId).$castTo<string>().as('person_id'),
          ])
          .where('id', 'in', add)
          .forKeyShare(),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  if (remove.length === 0) return;
  await db
    .deleteFrom('group_member')
    .where('person_id', '=', personId)
    .where('group_id', 'in', remove)
    .execute();
  await endUnentitled(context, { personId });
}

/** Groups of the directory that were taken in here. */
export async function chosenGroups(
  { db }: Pick<Context, 'db'>,
  source: string,
): Promise<{ id: string; name: string; externalId: string }[]> {
  return db
    .selectFrom('principal')
    .select(['id', 'name', 'external_id as externalId'])
    .where('source', '=', source)
    .where('kind', '=', 'group')
    .where('external_id', 'is not', null)
    .$narrowType<{ externalId: string }>()
    .execute();
}

/** Somebody whom the directory does not let in any more is nobody from now on; what they look at ends. */
export async function endPerson(
  context: Context,
  directory: Directory,
  person: { id: string; userId: string },
  why: string,
): Promise<void> {
  const { db, clock } = context;
  const ended = await db
    .updateTable('principal')
    .set({ ended_at: new Date(clock.now()), looked_at: new Date(clock.now()) })
    .where('id', '=', person.id)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  const signIns = await endSignIns(context, person.userId);
  if (ended !== undefined) await tell(context, directory, 'user.end', person.id, { why, signIns });
}

/** Whether a directory has taken back that it lets somebody in. */
export async function isEnded({ db }: Pick<Context, 'db'>, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('principal')
    .select('ended_at')
    .where('auth_user_id', '=', userId)
    .executeTakeFirst();
  return row !== undefined && row.ended_at !== null;
}

/** All people of a directory that is turned off or taken away; how many sign-ins ended. */
export async function endPeople(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  source: string,
): Promise<number> {
  await db
    .updateTable('principal')
    .set({ ended_at: new Date(clock.now()) })
    .where('source', '=', source)
    .where('kind', '=', 'person')
    .where('ended_at', 'is', null)
    .execute();
  const ended = await db
    .deleteFrom('auth_session')
    .where('userId', 'in', (eb) =>
      eb
        .selectFrom('principal')
        .select('auth_user_id')
        .where('source', '=', source)
        .where('auth_user_id', 'is not', null)
        .$castTo<{ auth_user_id: string }>(),
    )
    .returning('id')
    .execute();
  return ended.length;
}

function tell(
  context: Context,
  directory: Directory,
  action: string,
  personId: string,
  detail: object,
): Promise<void> {
  return recordAudit(context, {
    actor: 'Orangery',
    tenantId: directory.tenantId,
    action,
    subject: { kind: 'user', id: personId },
    outcome: 'done',
    why: `as the directory ${directory.title} has it`,
    detail: { directory: directory.name, ...detail },
  });
}
