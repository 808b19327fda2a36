import type { InferContractRouterInputs } from '@orpc/contract';
import type { Contract } from './contract.ts';
import type { Right } from './roles.ts';

/**
 * Who may call an operation: anyone, signed in or not; each person, who sees only what is theirs; who has this right in the
 * call's tenant.
 */
export type Access = 'anyone' | 'person' | Right;

/**
 * What an id is of. `own`: the handler finds it among what is the caller's own, or, with a right, the tenant's. The things of
 * the installation (`host`, `tenant`) are nobody's else. `imageVersionUsed`: it may be the installation's, as nothing of it changes. All others are of a tenant, which is checked before the handler runs.
 */
export const idKinds = [
  'own',
  'host',
  'tenant',
  'directory',
  'application',
  'applicationEntitlement',
  'entitlement',
  'failure',
  'group',
  'image',
  'imageVersion',
  'imageVersionUsed',
  'machine',
  'person',
  'pool',
  'principal',
  'quota',
  'task',
] as const;
export type IdKind = (typeof idKinds)[number];

type IdsOf<Input> = Extract<keyof Input, 'id' | `${string}Id`>;
/** An operation's row: who may call it, and of each id that it takes, what it is of. */
type Row<Input> = [IdsOf<Input>] extends [never]
  ? Access
  : { readonly may: Access } & Readonly<Record<IdsOf<Input>, IdKind>>;

type Inputs = InferContractRouterInputs<Contract>;
type AccessTable = {
  readonly [Noun in keyof Inputs]: { readonly [Verb in keyof Inputs[Noun]]: Row<Inputs[Noun][Verb]> };
};
/** Names of operations, as `users.create`. */
export type OperationName = {
  [Noun in keyof Inputs]: `${Noun}.${keyof Inputs[Noun] & string}`;
}[keyof Inputs];

/** Who may call what. An operation without its row does not compile; nor does one that takes an id and does not say of what. */
export const accessTable = {
  system: {
    status: 'anyone',
    loops: 'installation',
    quarantine: 'installation',
    stop: 'installation',
    start: 'installation',
    setupLink: 'installation',
  },
  setup: { complete: 'anyone' },
  signIn: {
    ways: 'anyone',
    password: 'anyone',
    secondFactor: 'anyone',
    passkeyOptions: 'anyone',
    passkey: 'anyone',
    provider: { may: 'anyone', id: 'own' },
    providerAnswer: 'anyone',
    out: 'anyone',
  },
  account: {
    show: 'person',
    changePassword: 'person',
    requestReset: 'anyone',
    resetPassword: 'anyone',
    unlock: 'anyone',
    sendVerification: 'person',
    verifyEmail: 'anyone',
    beginSecondFactor: 'person',
    confirmSecondFactor: 'person',
    endSecondFactor: 'person',
    renewRecoveryCodes: 'person',
  },
  signIns: { list: 'person', end: { may: 'person', id: 'own' }, endOthers: 'person' },
  passkeys: {
    list: 'person',
    options: 'person',
    add: 'person',
    rename: { may: 'person', id: 'own' },
    remove: { may: 'person', id: 'own' },
  },
  apiKeys: { list: 'person', create: 'person', remove: { may: 'person', id: 'own' } },
  me: { show: 'person', usage: 'person', quotas: 'person' },
  desktops: {
    list: 'person',
    open: { may: 'person', id: 'own' },
    setFavourite: { may: 'person', id: 'own' },
  },
  applications: {
    mine: 'person',
    open: { may: 'person', id: 'own' },
    setFavourite: { may: 'person', id: 'own' },
    list: 'pools.look',
    programs: { may: 'pools.look', id: 'pool' },
    create: { may: 'pools.change', poolId: 'pool' },
    update: { may: 'pools.change', id: 'application' },
    delete: { may: 'pools.change', id: 'application' },
    people: { may: 'pools.look', id: 'application' },
    entitle: { may: 'pools.change', id: 'application', principalId: 'principal' },
    unentitle: { may: 'pools.change', id: 'applicationEntitlement' },
  },
  sessions: {
    list: 'person',
    show: { may: 'person', id: 'own' },
    connect: { may: 'person', id: 'own' },
    resolveProfile: { may: 'person', id: 'own' },
    picture: { may: 'person', id: 'own' },
    restart: { may: 'person', id: 'own' },
    disconnect: { may: 'person', id: 'own' },
    end: { may: 'person', id: 'own' },
  },
  hosts: {
    list: 'installation',
    show: { may: 'installation', id: 'host' },
    history: { may: 'installation', id: 'host' },
    measures: { may: 'installation', id: 'host' },
    add: 'installation',
    update: { may: 'installation', id: 'host' },
  },
  storage: {
    list: 'installation',
    show: { may: 'installation', id: 'host' },
    update: { may: 'installation', id: 'host' },
    dedupe: { may: 'installation', id: 'host' },
  },
  images: {
    list: 'images.look',
    setRefresh: { may: 'images.change', id: 'image' },
    refreshNow: { may: 'images.change', id: 'image' },
    makeCurrent: { may: 'images.change', id: 'imageVersion' },
    updateVersion: { may: 'images.change', id: 'imageVersion' },
    retryVersion: { may: 'images.change', id: 'imageVersion' },
    deleteVersion: { may: 'images.change', id: 'imageVersion' },
  },
  drafts: {
    open: { may: 'images.change', id: 'imageVersionUsed' },
    connect: { may: 'images.change', id: 'imageVersion' },
    publish: { may: 'images.change', id: 'imageVersion' },
    discard: { may: 'images.change', id: 'imageVersion' },
  },
  imports: { begin: 'images.change', show: { may: 'images.change', id: 'imageVersion' } },
  templates: { list: 'images.look' },
  pools: {
    list: 'pools.look',
    show: { may: 'pools.look', id: 'pool' },
    demand: { may: 'pools.look', id: 'pool' },
    failures: { may: 'pools.look', id: 'pool' },
    maintenance: { may: 'pools.look', id: 'pool' },
    create: { may: 'pools.change', imageVersionId: 'imageVersion' },
    update: { may: 'pools.change', id: 'pool', imageVersionId: 'imageVersion' },
    retryRollout: { may: 'pools.change', id: 'pool' },
    rollBack: { may: 'pools.change', id: 'pool' },
    delete: { may: 'pools.change', id: 'pool' },
  },
  entitlements: {
    list: { may: 'pools.look', poolId: 'pool', principalId: 'principal' },
    add: { may: 'pools.change', poolId: 'pool', principalId: 'principal' },
    remove: { may: 'pools.change', id: 'entitlement' },
  },
  machines: {
    list: 'machines.look',
    show: { may: 'machines.look', id: 'machine' },
    history: { may: 'machines.look', id: 'machine' },
    measures: { may: 'machines.look', id: 'machine' },
    failurePicture: { may: 'machines.look', id: 'failure' },
    connect: { may: 'machines.screen', id: 'machine' },
    picture: { may: 'machines.screen', id: 'machine' },
    delete: { may: 'machines.change', id: 'machine' },
    maintain: { may: 'machines.change', id: 'machine' },
    stopMaintenance: { may: 'machines.change', id: 'machine' },
  },
  users: {
    list: 'people.look',
    create: 'people.change',
    usage: { may: 'people.look', id: 'person' },
    sessions: { may: 'sessions.look', id: 'person' },
    access: { may: 'people.look', id: 'person' },
    setRoles: { may: 'people.change', id: 'person' },
    delete: { may: 'people.change', id: 'person', heirId: 'person' },
    sendMessage: { may: 'people.help', id: 'person' },
    sendReset: { may: 'people.help', id: 'person' },
    show: { may: 'people.look', id: 'person' },
    signOut: { may: 'people.help', id: 'person' },
    removeSecondFactor: { may: 'people.help', id: 'person' },
  },
  groups: {
    list: 'people.look',
    show: { may: 'people.look', id: 'group' },
    create: 'people.change',
    rename: { may: 'people.change', id: 'group' },
    delete: { may: 'people.change', id: 'group' },
    losses: { may: 'people.look', id: 'group', personId: 'person' },
    access: { may: 'people.look', id: 'group' },
    members: { may: 'people.look', id: 'group' },
    addMember: { may: 'people.change', id: 'group', personId: 'person' },
    addMembers: { may: 'people.change', id: 'group' },
    removeMember: { may: 'people.change', id: 'group', personId: 'person' },
  },
  directories: {
    list: 'installation',
    show: { may: 'installation', id: 'directory' },
    create: 'installation',
    update: { may: 'installation', id: 'directory' },
    remove: { may: 'installation', id: 'directory' },
    test: { may: 'installation', id: 'directory' },
    findGroups: { may: 'installation', id: 'directory' },
    addGroup: { may: 'installation', id: 'directory' },
    removeGroup: { may: 'installation', id: 'directory', groupId: 'group' },
  },
  quotas: {
    list: 'quotas.look',
    set: { may: 'quotas.change', principalId: 'principal' },
    remove: { may: 'quotas.change', id: 'quota' },
  },
  tenants: {
    list: 'installation',
    show: { may: 'installation', id: 'tenant' },
    create: 'installation',
    rename: { may: 'installation', id: 'tenant' },
    suspend: { may: 'installation', id: 'tenant' },
    resume: { may: 'installation', id: 'tenant' },
    delete: { may: 'installation', id: 'tenant' },
  },
  mail: { show: 'installation', update: 'installation', remove: 'installation', test: 'installation' },
  audit: {
    list: 'audit.look',
    export: 'installation',
    verify: 'installation',
    settings: 'installation',
    configure: 'installation',
  },
  live: { follow: 'person' },
  looks: {
    list: 'person',
    ask: { may: 'machines.screen', id: 'own' },
    answer: { may: 'person', id: 'own' },
  },
  messages: { list: 'person', read: { may: 'person', id: 'own' } },
  overview: { show: 'person' },
  // Everybody who has a role sees pools; of tasks each sees the kinds that their rights show.
  tasks: {
    list: 'pools.look',
    show: { may: 'pools.look', id: 'task' },
    cancel: { may: 'pools.look', id: 'task' },
    retry: { may: 'pools.look', id: 'task' },
  },
} as const satisfies AccessTable;

/** The row of an operation; undefined: there is no such operation, which nobody may call. */
export function accessOf([noun = '', verb = '']: readonly string[]):
  | { may: Access; ids: Readonly<Record<string, IdKind>> }
  | undefined {
  const table: Readonly<
    Record<string, Readonly<Record<string, Access | ({ may: Access } & Record<string, string>)>>>
  > = accessTable;
  const row = table[noun]?.[verb];
  if (row === undefined) return undefined;
  if (typeof row === 'string') return { may: row, ids: {} };
  const { may, ...ids } = row;
  return { may, ids: ids as Record<string, IdKind> };
}
