import type { DirectoryGroup, DirectoryPerson } from '@orangery/control';
import { groupAttributes, groupOf, primaryGroupSid } from './entries.ts';
import { groupsInChainFilter, groupsOfFilter, parseFilter } from './filters.ts';
import type { Talk } from './connection.ts';

/** Groups in groups in groups: nobody has more, and a circle ends. */
const DEPTH_MAX = 10;
const GROUPS_MAX = 2_000;
/** Places that are asked about in one question. */
const BATCH = 40;

/** All groups that somebody is in, also through others; at most 2000, by at most 10 groups in one another. */
export function groupsOf(talk: Talk, base: string, person: DirectoryPerson): Promise<DirectoryGroup[]> {
  return talk.settings.kind === 'activeDirectory' ? inChain(talk, base, person) : walk(talk, base, person);
}

/** Active Directory follows them itself; the group that it lists no members of, and what that is in, are asked for besides. */
async function inChain(talk: Talk, base: string, person: DirectoryPerson): Promise<DirectoryGroup[]> {
  const { schema } = talk;
  const [entry] = await talk.search(
    person.place,
    parseFilter('(objectClass=*)'),
    ['objectSid', 'primaryGroupID'],
    { scope: 'base' },
  );
  const primary = entry === undefined ? undefined : primaryGroupSid(entry);
  const found = new Map<string, DirectoryGroup>();
  const ask = async (place: string, sid?: Buffer): Promise<DirectoryGroup[]> => {
    const entries = await talk.search(base, groupsInChainFilter(schema, place, sid), [
      ...groupAttributes(schema),
      'objectSid',
    ]);
    const through: DirectoryGroup[] = [];
    for (const each of entries) {
      const group = groupOf(each, schema);
      if (group === undefined || found.size >= GROUPS_MAX) continue;
      found.set(group.id, group);
      const own = each['objectSid'];
      if (sid !== undefined && Buffer.isBuffer(own) && own.equals(sid)) through.push(group);
    }
    return through;
  };
  for (const group of await ask(person.place, primary)) await ask(group.place);
  return [...found.values()];
}

/** Others are asked, step by step, who has those as members that were found so far. */
async function walk(talk: Talk, base: string, person: DirectoryPerson): Promise<DirectoryGroup[]> {
  const { schema } = talk;
  const found = new Map<string, DirectoryGroup>();
  let places = [person.place];
  for (let depth = 0; depth < DEPTH_MAX && places.length > 0; depth += 1) {
    const next: string[] = [];
    for (let at = 0; at < places.length; at += BATCH) {
      const filter = groupsOfFilter(
        schema,
        places.slice(at, at + BATCH),
        depth === 0 ? person.login : undefined,
      );
      for (const entry of await talk.search(base, filter, groupAttributes(schema))) {
        const group = groupOf(entry, schema);
        if (group === undefined || found.has(group.id) || found.size >= GROUPS_MAX) continue;
        found.set(group.id, group);
        next.push(group.place);
      }
    }
    places = next;
  }
  return [...found.values()];
}
