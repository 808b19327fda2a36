import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  OrFilter,
  SubstringFilter,
} from 'ldapts';
import { textToGuid } from './guid.ts';
import type { Schema } from './schema.ts';

/**
 * Filters of what people type and directories answer are built as trees, in which a value is bytes with a length: none is
 * ever put into a filter's text, so none can be more than a value. Texts of administrators' own are parsed apart.
 */
const is = (attribute: string, value: string | Buffer): Filter => new EqualityFilter({ attribute, value });
const either = (filters: Filter[]): Filter => new OrFilter({ filters });
export const both = (...filters: Filter[]): Filter => new AndFilter({ filters });

/** Throws for what is no filter. */
export const parseFilter = (text: string): Filter => FilterParser.parseString(text);

/** The rule by which Active Directory follows groups in groups itself ([MS-ADTS] section 3.1.1.3.4.4.3). */
const IN_CHAIN = '1.2.840.113556.1.4.1941';

/** Who may sign in, as far as the settings say. */
export function peopleFilter(schema: Schema, more: string): Filter {
  const people = parseFilter(schema.people);
  return more === '' ? people : both(people, parseFilter(more));
}

/** Whoever is called so by any of the attributes. `DOMAIN\name` is the name. */
export function loginFilter(schema: Schema, login: string): Filter {
  const name = schema.idIsGuid ? login.slice(login.lastIndexOf('\\') + 1) : login;
  return either(schema.loginAttributes.map((attribute) => is(attribute, name)));
}

/** Whatever has one of these ids; undefined where none can be one. */
export function idsFilter(schema: Schema, ids: readonly string[]): Filter | undefined {
  const values = ids.flatMap((id): (string | Buffer)[] => {
    if (!schema.idIsGuid) return [id];
    const guid = textToGuid(id);
    return guid === undefined ? [] : [guid];
  });
  return values.length === 0 ? undefined : either(values.map((value) => is(schema.idAttribute, value)));
}

/** Groups that have one of these places as a member, or this user's name. */
export function groupsOfFilter(schema: Schema, places: readonly string[], login?: string): Filter {
  return both(
    parseFilter(schema.groups),
    either([
      ...places.flatMap((place) => schema.memberAttributes.map((attribute) => is(attribute, place))),
      ...(login === undefined ? [] : [is('memberUid', login)]),
    ]),
  );
}

/** All groups that somebody is in, also through others; for Active Directory, whose groups of everybody's have no members. */
export function groupsInChainFilter(schema: Schema, place: string, primary: Buffer | undefined): Filter {
  return both(
    parseFilter(schema.groups),
    either([
      new ExtensibleFilter({ matchType: 'member', rule: IN_CHAIN, value: place }),
      ...(primary === undefined ? [] : [is('objectSid', primary)]),
    ]),
  );
}

/** Groups with the text in their name. */
export function groupNameFilter(schema: Schema, text: string): Filter {
  const groups = parseFilter(schema.groups);
  return text === '' ? groups : both(groups, new SubstringFilter({ attribute: 'cn', any: [text] }));
}
