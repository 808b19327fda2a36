import { codeOf, messageOf } from '@orangery/std';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, progress, settled } from '../loops/loop.ts';
import type { DirectoryConnection } from './directory.ts';
import { followName } from './groups.ts';
import { bringUpToDate, chosenGroups, endPerson } from './people.ts';
import { type Directory, findDirectory, isLdap, isOidc } from './store.ts';

const PERIOD_MS = 300_000;
const RETRY_MS = 60_000;
/** Besides those who are signed in, so many are looked at in a turn: whoever was looked at longest ago. */
const OTHERS_PER_TURN = 200;
const SIGNED_IN_PER_TURN = 5_000;
/** In one question. */
const BATCH = 40;

type Row = { id: string; userId: string; externalId: string };

/**
 * Looks in each directory at those who are signed in here, and in turn at all others: who was renamed, who is in other
 * groups now, whom it has disabled or lost. A directory that does not answer ends nobody.
 */
export function directoriesLoop(context: Context): Loop {
  return {
    name: 'directories',
    periodMs: PERIOD_MS,
    parallel: 2,
    async keys() {
      const rows = await context.db
        .selectFrom('directory')
        .select('id')
        .where('enabled', '=', true)
        .execute();
      return rows.map(({ id }) => id);
    },
    async turn(id, signal) {
      const directory = await findDirectory(context, { id });
      if (directory === undefined) return gone();
      if (!directory.enabled) return settled('turned off');
      if (isOidc(directory)) return settled(await endOldSignIns(context, directory));
      if (!isLdap(directory)) return settled('');
      try {
        const connection = await context.openDirectory(directory.settings, directory.secret);
        try {
          return await look(context, directory, connection, signal);
        } finally {
          await connection.close();
        }
      } catch (error) {
        if (codeOf(error) !== 'directoryUnreachable') throw error;
        return failed(messageOf(error), RETRY_MS);
      }
    },
  };
}

async function look(
  context: Context,
  directory: Directory,
  connection: DirectoryConnection,
  signal: AbortSignal,
): ReturnType<Loop['turn']> {
  const chosen = await chosenGroups(context, directory.name);
  for (const group of chosen) {
    const there = await connection.getGroup(group.externalId);
    if (there !== undefined) await followName(context, directory, group, there.name);
  }
  const wanted = await whoToLookAt(context, directory);
  const groupsMatter = directory.settings.roles.length > 0 || chosen.length > 0;
  let [seen, ended] = [0, 0];
  for (let at = 0; at < wanted.length; at += BATCH) {
    if (signal.aborted) return progress('was interrupted');
    const batch = wanted.slice(at, at + BATCH);
    const found = new Map(
      (await connection.get(batch.map(({ externalId }) => externalId))).map((person) => [person.id, person]),
    );
    for (const row of batch) {
      const person = found.get(row.externalId);
      if (person === undefined || person.disabled) {
        await endPerson(context, directory, row, person === undefined ? 'not there any more' : 'disabled');
        ended += 1;
        continue;
      }
      const groups = groupsMatter ? await connection.groupsOf(person) : [];
      await bringUpToDate(context, directory, row.id, person, new Set(groups.map(({ id }) => id)));
      seen += 1;
    }
  }
  if (wanted.length === 0) return settled('it answers; nobody of it has signed in yet');
  const lost = ended === 0 ? '' : `; ${ended} of them may not sign in`;
  return settled(`it answers; ${seen + ended} people were looked at${lost}`);
}

/** Those who are signed in or have a key, and of the others whoever was looked at longest ago. */
async function whoToLookAt({ db }: Context, { name }: Directory): Promise<Row[]> {
  const people = db
    .selectFrom('principal')
    .select(['id', 'auth_user_id as userId', 'external_id as externalId'])
    .where('source', '=', name)
    .where('kind', '=', 'person')
    .where('external_id', 'is not', null)
    .where('auth_user_id', 'is not', null)
    .$narrowType<{ userId: string; externalId: string }>();
  const here = await people
    .where((eb) =>
      eb.or([
        eb.exists(
          eb.selectFrom('auth_session').whereRef('userId', '=', 'principal.auth_user_id').select('userId'),
        ),
        eb.exists(
          eb.selectFrom('api_key').whereRef('principal_id', '=', 'principal.id').select('principal_id'),
        ),
      ]),
    )
    .orderBy('looked_at', (order) => order.asc().nullsFirst())
    .limit(SIGNED_IN_PER_TURN)
    .execute();
  const known = new Set(here.map(({ id }) => id));
  const oldest = await people
    .orderBy('looked_at', (order) => order.asc().nullsFirst())
    .limit(OTHERS_PER_TURN)
    .execute();
  return [...here, ...oldest.filter(({ id }) => !known.has(id))];
}

/** What a provider said of somebody holds for so many hours; then it is asked again. */
async function endOldSignIns(
  { db, clock }: Context,
  { name, settings }: Directory & { settings: { hours: number } },
): Promise<string> {
  const ended = await db
    .deleteFrom('auth_session')
    .where('createdAt', '<', new Date(clock.now() - settings.hours * 3_600_000))
    .where('userId', 'in', (eb) =>
      eb
        .selectFrom('principal')
        .select('auth_user_id')
        .where('source', '=', name)
        .where('auth_user_id', 'is not', null)
        .$castTo<{ auth_user_id: string }>(),
    )
    .returning('id')
    .execute();
  return ended.length === 0
    ? `all sign-ins are of the last ${settings.hours} hours`
    : `${ended.length} sign-ins were older than ${settings.hours} hours and ended`;
}
