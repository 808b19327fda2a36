import { z } from 'zod';
import { pageInput } from './pages.ts';
import { roles } from './roles.ts';
import { sessionPhases } from './states.ts';

const id = z.uuid();
const at = z.iso.datetime({ offset: true });
const name = z.string().trim().min(1).max(100);
const search = z.string().trim().max(200).optional();

/** People who are let in together: what a group may use, each of its members may. */
export const groupSchema = z.object({
  id,
  name,
  /** local: made and changed here; else the directory that it is read from. */
  source: z.string(),
  /** How many people are in it. */
  members: z.number().int(),
  /** How many pools, and applications, it may use. */
  pools: z.number().int(),
  applications: z.number().int(),
  createdAt: at,
});

export const groupMemberSchema = z.object({
  id,
  name: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.enum(roles)),
  since: at,
});

const allowed = z.object({
  id,
  title: z.string(),
  /** Of the entitlement, to take it back by. */
  entitlementId: id,
});

/** What a group may use. */
export const groupAccessSchema = z.object({
  desktops: z.array(allowed.describe('`id` is the pool’s')),
  applications: z.array(allowed),
});

const ways = z.object({
  id,
  title: z.string(),
  /** Their own entitlement, where they have one. */
  entitlementId: id.nullable(),
  /** Groups of theirs that may use it, by name. */
  groups: z.array(z.object({ id, name: z.string() })),
});

/** What a person may use, and why. Administrators may use everything besides. */
export const personAccessSchema = z.object({
  groups: z.array(z.object({ id, name: z.string() })),
  desktops: z.array(ways.describe('`id` is the pool’s')),
  applications: z.array(ways),
});

/** Who would lose what: they have no other way to it. */
export const groupLossesSchema = z.object({
  /** How many people lose anything. */
  count: z.number().int(),
  /** The first 100 of them, by name. */
  people: z.array(
    z.object({
      id,
      name: z.string(),
      email: z.string().nullable(),
      desktops: z.array(
        z.object({
          title: z.string(),
          /** Of their session of it, while there is one. */
          session: z.enum(sessionPhases).nullable(),
        }),
      ),
      applications: z.array(z.string().describe('Its title')),
    }),
  ),
});

export const groupInput = z.object({ name });
export const groupUpdateInput = z.object({ id, name });
export const groupsInput = pageInput.extend({ search: search.describe('A part of the name') });
export const groupMemberInput = z.object({ id, personId: id });
export const GROUP_MANY_MAX = 2_000;
export const groupManyInput = z.object({
  id,
  emails: z.array(z.string().trim().min(3).max(254)).min(1).max(GROUP_MANY_MAX),
});
export const groupManySchema = z.object({
  added: z.number().int(),
  /** They were in it before. */
  already: z.number().int(),
  /** Addresses of nobody here. */
  unknown: z.array(z.string()),
});
export const groupMembersInput = pageInput.extend({
  id,
  search: search.describe('A part of the name or of the e-mail address'),
});
export const groupLossesInput = z.object({
  id,
  personId: id.optional().describe('Only this member is taken out; else the whole group is deleted'),
});
