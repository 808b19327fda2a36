import { z } from 'zod';
import { roles } from './roles.ts';

const id = z.uuid();
const at = z.iso.datetime({ offset: true });
const role = z.enum(roles);

export const directoryKinds = ['ldap', 'activeDirectory', 'openIdConnect'] as const;
export type DirectoryKind = (typeof directoryKinds)[number];
export const directorySecurities = ['ldaps', 'starttls', 'none'] as const;

/** The directory's own name of a group that never changes: `entryUUID`, `objectGUID`, or the value of a claim. */
export const external = z.string().min(1).max(500);
/** Members of the group have the role; who is in several has the roles of all. */
export const roleRule = z.object({
  group: z.object({ id: external, name: z.string().min(1).max(500) }),
  role,
});
export type RoleRule = z.infer<typeof roleRule>;

/** For all kinds. */
const shared = {
  /** An authority of one's own, as PEM; empty: those that Node knows. */
  ca: z.string().max(20_000).default(''),
  roles: z.array(roleRule).max(50).default([]),
  /** People are made at their first sign-in until there are so many of this directory. */
  peopleMax: z.number().int().min(1).max(200_000).default(5_000),
};

const attribute = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9;-]{0,62}$/, 'The name of an attribute');
const host = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'A name or an address');

const ldapShape = {
  /** Asked one after the other, from the first on, until one answers. */
  servers: z
    .array(z.object({ host, port: z.number().int().min(1).max(65_535) }))
    .min(1)
    .max(5),
  /** none: only to a server on this machine, as whoever listens reads the passwords. */
  security: z.enum(directorySecurities),
  /** The account by which Orangery looks; it needs to read people and groups alone. */
  bindDn: z.string().trim().min(1).max(1_000),
  /** Below it people are. */
  base: z.string().trim().min(1).max(1_000),
  /** Below it groups are; empty: below the same. */
  groupBase: z.string().trim().max(1_000).default(''),
  /** Who may sign in, as RFC 4515 has it; empty: every person. */
  peopleFilter: z.string().trim().max(2_000).default(''),
  /** What people type as their name; empty: what is usual for the kind. */
  loginAttributes: z.array(attribute).max(5).default([]),
  /** What of an entry never changes; empty: what is usual for the kind. */
  idAttribute: z.union([z.literal(''), attribute]).default(''),
  /** Wrong passwords of one person that are passed on until `windowMinutes` have gone by without one: fewer than lock. */
  guesses: z
    .object({
      max: z.number().int().min(2).max(50).default(4),
      windowMinutes: z.number().int().min(1).max(1_440).default(30),
    })
    .default({ max: 4, windowMinutes: 30 }),
  passwords: z
    .object({
      /** People change their password of the directory here, with their old one. */
      change: z.boolean().default(false),
      /** Who forgot it replaces it by the link of a mail, or unlocks the account; the account of `bindDn` must be let. */
      reset: z.boolean().default(false),
    })
    .default({ change: false, reset: false }),
  ...shared,
};

export const directorySettings = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ldap'), ...ldapShape }),
  z.object({ kind: z.literal('activeDirectory'), ...ldapShape }),
  z.object({
    kind: z.literal('openIdConnect'),
    issuer: z.url({ protocol: /^https$/ }).max(500),
    clientId: z.string().trim().min(1).max(500),
    /** Asked for besides `openid`. */
    scopes: z
      .string()
      .trim()
      .max(500)
      .regex(/^[\x21\x23-\x5b\x5d-\x7e ]*$/)
      .default('profile email'),
    /** The claim that names a person's groups; empty: none does. */
    groupsClaim: z.string().trim().max(200).default('groups'),
    /** After so long the provider is asked again. */
    hours: z.number().int().min(1).max(168).default(12),
    /** Who signs out here does so at the provider, too. */
    signOutThere: z.boolean().default(false),
    ...shared,
  }),
]);
export type DirectorySettings = z.output<typeof directorySettings>;
export type LdapSettings = Exclude<DirectorySettings, { kind: 'openIdConnect' }>;
export type OidcSettings = Extract<DirectorySettings, { kind: 'openIdConnect' }>;

/** By which its people and groups say where they are from. */
export const directoryName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Small letters, digits and dashes')
  .refine((name) => name !== 'local', 'Another name: “local” is what is made here');
const title = z.string().trim().min(1).max(100);
/** Of `bindDn`, or of `clientId`. Left out: the one there is stays, for the same servers and account alone. */
const secret = z.string().min(1).max(1_000).optional();

export const directoryInput = z.object({
  name: directoryName,
  title,
  enabled: z.boolean().default(true),
  settings: directorySettings,
  secret,
});
export const directoryUpdateInput = directoryInput.omit({ name: true }).extend({ id });
export const directoryTestInput = z.object({
  id: id.optional().describe('Of the one whose secret is used where none is given'),
  settings: directorySettings,
  secret,
  login: z.string().trim().max(254).default('').describe('A person to look for'),
});

export const directorySchema = z.object({
  id,
  name: z.string(),
  title: z.string(),
  enabled: z.boolean(),
  settings: directorySettings,
  hasSecret: z.boolean(),
  /** Of its people those who have signed in, and its groups that were chosen. */
  people: z.number().int(),
  groups: z.number().int(),
  /** What the last look at it found. */
  status: z.object({ outcome: z.string(), detail: z.string(), at }).nullable(),
  createdAt: at,
});

export const directoryGroupSchema = z.object({
  /** The directory's. */
  id: external,
  name: z.string(),
  /** Where it is in the directory; the value of the claim. */
  place: z.string(),
  /** As it is here, once it was chosen. */
  groupId: id.nullable(),
});
export const directoryGroupsInput = z.object({ id, search: z.string().trim().max(200).optional() });
export const directoryGroupInput = z.object({ id, external, name: title.optional() });
export const directoryGroupRemoveInput = z.object({ id, groupId: id });

export const directoryTestSchema = z.object({
  /** Up to the first that failed. */
  steps: z.array(
    z.object({
      step: z.enum(['connect', 'encrypt', 'bind', 'search', 'person', 'groups', 'discover', 'keys']),
      ok: z.boolean(),
      detail: z.string(),
    }),
  ),
  person: z
    .object({
      id: z.string(),
      name: z.string(),
      login: z.string(),
      email: z.string().nullable(),
      place: z.string(),
      disabled: z.boolean(),
      roles: z.array(role),
      groups: z.array(z.string()),
    })
    .nullable(),
});
