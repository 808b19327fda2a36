import type { LdapSettings } from '@orangery/contract';
import type { DirectoryConnection, DirectoryPerson } from '@orangery/control';
import { codeOf, messageOf, OrangeryError } from '@orangery/std';
import { type Client, type Entry, type Filter, InvalidCredentialsError, ResultCodeError } from 'ldapts';
import { type Dialled, dial, type DialOptions, hangUp, type Progress } from './dial.ts';
import { groupAttributes, groupOf, personAttributes, personOf } from './entries.ts';
import { both, groupNameFilter, idsFilter, loginFilter, parseFilter, peopleFilter } from './filters.ts';
import { groupsOf } from './groups.ts';
import { changePassword, checkOf, setPassword, unlock } from './passwords.ts';
import { schemaOf } from './schema.ts';

const FOUND_GROUPS_MAX = 100;
/** Attributes that are no text. */
const BINARY = ['objectGUID', 'objectSid'];
const PAGE = 500;
/** More than anything that is asked here has; a page at a time is kept. */
const ENTRIES_MAX = 50_000;

/** What is asked of one server, by the library's client. Referrals to other servers are never followed. */
export type Talk = {
  settings: LdapSettings;
  /** Its name and port. */
  at: string;
  schema: ReturnType<typeof schemaOf>;
  client: Client;
  search(
    base: string,
    filter: Filter,
    attributes: string[],
    options?: { max?: number; scope?: 'base' | 'sub' },
  ): Promise<Entry[]>;
};

/** Opens a connection as the account that looks. `now`: ms since 1970. Throws `directoryUnreachable`. */
export async function openLdap(
  settings: LdapSettings,
  secret: string,
  now: () => number,
  onProgress?: Progress,
): Promise<DirectoryConnection & { server: string }> {
  const looker = await dialAsLooker(settings, secret, { now, onProgress });
  const { server, at } = looker;
  const talk = talkOver(looker, settings);
  // Passwords are tried at the server that has been found to answer.
  const dialSame = (): Promise<Dialled> => dial({ ...settings, servers: [server] }, { now });
  const { schema } = talk;
  const toPerson = (entry: Entry): DirectoryPerson[] => {
    const person = personOf(entry, schema, now());
    return person === undefined ? [] : [person];
  };
  const people = (filter: Filter, max?: number): Promise<Entry[]> =>
    talk.search(
      settings.base,
      both(peopleFilter(schema, settings.peopleFilter), filter),
      personAttributes(schema),
      max === undefined ? {} : { max },
    );
  const groupBase = settings.groupBase === '' ? settings.base : settings.groupBase;
  return {
    server: at,
    async find(login) {
      const found = (await people(loginFilter(schema, login), 2)).flatMap(toPerson);
      return found.length > 1 ? 'several' : found[0];
    },
    async get(ids) {
      const filter = idsFilter(schema, ids);
      return filter === undefined ? [] : (await people(filter)).flatMap(toPerson);
    },
    groupsOf: (person) => groupsOf(talk, groupBase, person),
    async searchGroups(text) {
      const found = await talk.search(groupBase, groupNameFilter(schema, text), groupAttributes(schema), {
        max: FOUND_GROUPS_MAX,
      });
      return found
        .flatMap((entry) => groupOf(entry, schema) ?? [])
        .sort((a, b) => a.name.localeCompare(b.name));
    },
    async getGroup(id) {
      const filter = idsFilter(schema, [id]);
      if (filter === undefined) return undefined;
      const [entry] = await talk.search(
        groupBase,
        both(parseFilter(schema.groups), filter),
        groupAttributes(schema),
        { max: 1 },
      );
      return entry === undefined ? undefined : groupOf(entry, schema);
    },
    async check(person, password) {
      // A bind without a password is one as nobody, and succeeds (RFC 4513, section 5.1.2).
      if (password === '' || person.place === '') return 'wrong';
      const theirs = await dialSame();
      try {
        await theirs.client.bind(person.place, password);
        return 'right';
      } catch (error) {
        return checkOf(error, theirs.at);
      } finally {
        await hangUp(theirs.client);
      }
    },
    async changePassword(person, old, password) {
      const theirs = await dialSame();
      try {
        return await changePassword(talkOver(theirs, settings), person, old, password);
      } finally {
        await hangUp(theirs.client);
      }
    },
    setPassword: (person, password) => setPassword(talk, person, password),
    unlock: (person) => unlock(talk, person),
    close: () => hangUp(looker.client),
  };
}

/** Signs the account that looks in. A password that is not right is so at all servers, and trying it there could lock it. */
async function bindLooker(
  { client, at }: Dialled,
  { bindDn }: LdapSettings,
  password: string,
): Promise<void> {
  try {
    await client.bind(bindDn, password);
  } catch (error) {
    const isWrong = error instanceof InvalidCredentialsError;
    throw new OrangeryError(
      isWrong ? 'directoryRefused' : 'directoryUnreachable',
      `${at} does not let the account ${bindDn} in: ${isWrong ? 'its name or password is not right' : messageOf(error)}`,
      { cause: error },
    );
  }
}

/** What is asked of the server that has answered is asked of it alone. */
async function dialAsLooker(settings: LdapSettings, secret: string, options: DialOptions): Promise<Dialled> {
  try {
    return await dial(settings, { ...options, ready: (dialled) => bindLooker(dialled, settings, secret) });
  } catch (error) {
    if (codeOf(error) !== 'directoryRefused') throw error;
    throw new OrangeryError('directoryUnreachable', messageOf(error), { cause: error });
  }
}

function talkOver({ client, at, begin }: Dialled, settings: LdapSettings): Talk {
  return {
    client,
    settings,
    at,
    schema: schemaOf(settings),
    async search(base, filter, attributes, { max, scope = 'sub' } = {}) {
      const entries: Entry[] = [];
      begin();
      try {
        const pages = client.searchPaginated(base, {
          scope,
          filter,
          attributes,
          explicitBufferAttributes: BINARY,
          derefAliases: 'never',
          ...(max === undefined ? {} : { sizeLimit: max }),
          paged: { pageSize: Math.min(max ?? PAGE, PAGE) },
        });
        for await (const { searchEntries } of pages) {
          begin();
          entries.push(...searchEntries);
          if (max !== undefined && entries.length >= max) break;
          if (entries.length > ENTRIES_MAX)
            throw new OrangeryError(
              'directoryUnreachable',
              `${at} answered more than ${ENTRIES_MAX} entries`,
            );
        }
      } catch (error) {
        if (codeOf(error) === 'directoryUnreachable') throw error;
        const why = error instanceof ResultCodeError ? `${error.name}: ${error.message}` : messageOf(error);
        throw new OrangeryError('directoryUnreachable', `${at} could not be searched below ${base}: ${why}`, {
          cause: error,
        });
      }
      return max === undefined ? entries : entries.slice(0, max);
    },
  };
}
