import { z } from 'zod';
import { applications } from './applications-operations.ts';
import { audit } from './audit.ts';
import { apiErrors } from './errors.ts';
import { directories } from './directories-operations.ts';
import { personAccessSchema } from './groups.ts';
import { groups } from './groups-operations.ts';
import { imageSchema, importInput, refreshSchema, uploadStateSchema } from './images.ts';
import { live } from './live.ts';
import { looks } from './looks.ts';
import { messages, sendMessage } from './messages.ts';
import { anyone, creation, missing, person, withRight } from './operation.ts';
import { pageOf } from './pages.ts';
import { overview } from './overview.ts';
import { historySchema, tasks } from './tasks.ts';
import { poolDemandSchema, poolInput, poolSchema, poolUpdateInput } from './pools.ts';
import { hostMeasuresSchema, measuresInput } from './measures.ts';
import { machines } from './machines-operations.ts';
import { poolMaintenanceSchema } from './maintenance.ts';
import { account, apiKeys, mail, passkeys, signIn, signIns, usersSignIn } from './people-operations.ts';
import * as s from './schemas.ts';
import { sessions } from './sessions-operations.ts';
import { myQuotaSchema } from './tenants.ts';
import { quotas, tenants } from './tenants-operations.ts';
import { dedupeInput, storageSchema } from './storage.ts';

/** Every operation of the product: REST, OpenAPI, typed client, web and CLI come from here. */
export const contract = {
  system: {
    status: anyone
      .route({
        method: 'GET',
        path: '/system/status',
        summary: 'Whether setup is needed, and how far the first start is',
      })
      .output(s.statusSchema),
    loops: withRight
      .route({ method: 'GET', path: '/system/loops', summary: 'What each loop did last with each object' })
      .output(z.array(s.loopStatusSchema)),
    quarantine: withRight
      .route({ method: 'GET', path: '/system/quarantine', summary: 'Found with our mark and without a row' })
      .output(z.array(s.quarantineSchema)),
    stop: withRight
      .route({
        method: 'POST',
        path: '/system/stop',
        summary: 'Ends all sessions and machines; the rows stay',
      })
      .input(
        z.object({ purge: z.boolean().default(false).describe('Also removes all our volumes and networks') }),
      )
      .output(s.statusSchema),
    start: withRight
      .route({
        method: 'POST',
        path: '/system/start',
        summary: 'Goes on after a stop, and tries at once what failed',
      })
      .output(s.statusSchema),
    setupLink: withRight
      .route({ method: 'POST', path: '/system/setup-link', summary: 'A new one-time setup link' })
      .errors({ SETUP_DONE: apiErrors.SETUP_DONE })
      .output(z.object({ token: z.string(), expiresInMs: z.number() })),
  },
  setup: {
    complete: anyone
      .route({ method: 'POST', path: '/setup', summary: 'Makes the first administrator' })
      .errors({ SETUP_DONE: apiErrors.SETUP_DONE, SETUP_LINK_INVALID: apiErrors.SETUP_LINK_INVALID })
      .input(s.setupInput)
      .output(s.personSchema),
  },
  signIn,
  account,
  signIns,
  passkeys,
  apiKeys,
  me: {
    show: person.route({ method: 'GET', path: '/me', summary: 'Who I am' }).output(s.meSchema),
    usage: person
      .route({
        method: 'GET',
        path: '/me/usage',
        summary: 'My files, my hours of this month, and what I have open',
        description: 'The month is that of `timeZone`.',
      })
      .input(s.timeZoneInput)
      .output(s.usageSchema),
    quotas: person
      .route({ method: 'GET', path: '/me/quotas', summary: 'What limits me, and how much of it is used' })
      .output(z.array(myQuotaSchema)),
  },
  desktops: {
    list: person
      .route({ method: 'GET', path: '/desktops', summary: 'My desktops, with live state' })
      .output(z.array(s.desktopSchema)),
    open: person
      .route({
        method: 'POST',
        path: '/desktops/{id}/open',
        summary: 'My session of this pool, made if there is none',
      })
      .errors({ ...missing, NO_CAPACITY: apiErrors.NO_CAPACITY, QUOTA_EXCEEDED: apiErrors.QUOTA_EXCEEDED })
      .input(s.idInput.extend({ locale: s.localeSchema.default({}) }))
      .output(s.sessionSchema),
    setFavourite: person
      .meta({ looks: true })
      .route({
        method: 'PUT',
        path: '/desktops/{id}/favourite',
        summary: 'Puts a desktop first on my page, or no more',
      })
      .errors(missing)
      .input(s.favouriteInput)
      .output(z.object({ favourite: z.boolean() })),
  },
  applications,
  sessions,
  hosts: {
    list: withRight
      .route({ method: 'GET', path: '/hosts', summary: 'All hosts' })
      .output(z.array(s.hostSchema)),
    show: withRight
      .route({ method: 'GET', path: '/hosts/{id}', summary: 'One host' })
      .errors(missing)
      .input(s.idInput)
      .output(s.hostSchema),
    history: withRight
      .route({
        method: 'GET',
        path: '/hosts/{id}/history',
        summary: 'What a host came to and why, the latest first; for a month',
      })
      .errors(missing)
      .input(s.idInput)
      .output(z.array(historySchema)),
    measures: withRight
      .route({ method: 'GET', path: '/hosts/{id}/measures', summary: 'What a host did, for charts' })
      .errors(missing)
      .input(measuresInput)
      .output(hostMeasuresSchema),
    add: creation
      .route({ method: 'POST', path: '/hosts', summary: 'Adds a host by address and key' })
      .errors({ CONFLICT: apiErrors.CONFLICT })
      .input(s.hostInput)
      .output(s.hostSchema),
    update: withRight
      .route({
        method: 'PATCH',
        path: '/hosts/{id}',
        summary: 'Changes how a host is used',
        description: 'CONFLICT where the host’s memory sharing cannot be switched from here.',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput.extend({ shareMemory: z.boolean().nullable().optional() }))
      .output(s.hostSchema),
  },
  storage: {
    list: withRight
      .route({
        method: 'GET',
        path: '/storage',
        summary: 'The storage of each host, and what is stored once',
      })
      .output(z.array(storageSchema)),
    show: withRight
      .route({ method: 'GET', path: '/storage/{id}', summary: 'The storage of one host, by the host’s id' })
      .errors(missing)
      .input(s.idInput)
      .output(storageSchema),
    update: withRight
      .route({
        method: 'PATCH',
        path: '/storage/{id}',
        summary: 'When equal content is looked for and stored once',
      })
      .errors(missing)
      .input(dedupeInput)
      .output(storageSchema),
    dedupe: withRight
      .route({
        method: 'POST',
        path: '/storage/{id}/dedupe',
        summary: 'Looks for equal content now',
        description: 'CONFLICT tells why it cannot be done on this storage. Again while it runs is harmless.',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(storageSchema),
  },
  images: {
    list: withRight
      .route({ method: 'GET', path: '/images', summary: 'Images and their versions' })
      .output(z.array(imageSchema)),
    setRefresh: withRight
      .route({
        method: 'PUT',
        path: '/images/{id}/refresh',
        summary: 'When it is built anew by itself, with the packages of that day',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(refreshSchema.extend({ id: z.uuid() }))
      .output(z.array(imageSchema)),
    refreshNow: withRight
      .route({
        method: 'POST',
        path: '/images/{id}/refresh',
        summary: 'Builds it anew now, if a package has changed',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(z.array(imageSchema)),
    makeCurrent: withRight
      .route({
        method: 'POST',
        path: '/images/versions/{id}/current',
        summary: 'Pools follow this version from now on, forwards or back',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(z.array(imageSchema)),
    updateVersion: withRight
      .route({ method: 'PATCH', path: '/images/versions/{id}', summary: 'Changes the notes of a version' })
      .errors(missing)
      .input(s.idInput.extend({ notes: z.string().max(5_000) }))
      .output(z.array(imageSchema)),
    retryVersion: withRight
      .route({
        method: 'POST',
        path: '/images/versions/{id}/retry',
        summary: 'Builds or tests a version again that failed',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(z.array(imageSchema)),
    deleteVersion: withRight
      .route({
        method: 'DELETE',
        path: '/images/versions/{id}',
        summary: 'Deletes a version that nothing uses; else says who does',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(z.array(imageSchema)),
  },
  drafts: {
    open: creation
      .route({
        method: 'POST',
        path: '/images/versions/{id}/draft',
        summary: 'Begins the next version from this one, in a machine of its own',
        description:
          'From a version of the installation’s, who may not change that begins an image of the tenant’s own, by the same name.',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(z.object({ id: z.uuid().describe('Of the version that it becomes') })),
    connect: withRight
      .meta({ looks: true })
      .route({
        method: 'POST',
        path: '/images/drafts/{id}/connect',
        summary: 'A one-time ticket for the gateway to its machine',
      })
      .errors(missing)
      .input(s.idInput)
      .output(s.connectSchema),
    publish: withRight
      .route({
        method: 'POST',
        path: '/images/drafts/{id}/publish',
        summary: 'Seals it and makes it a version, which is tested and then current',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput.extend({ notes: z.string().trim().max(5_000) }))
      .output(z.array(imageSchema)),
    discard: withRight
      .route({
        method: 'POST',
        path: '/images/drafts/{id}/discard',
        summary: 'Takes it away, with all that was changed in it',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(z.array(imageSchema)),
  },
  imports: {
    begin: creation
      .route({
        method: 'POST',
        path: '/images/uploads',
        summary: 'Begins the import of a disk or an installer',
        description:
          'The file follows in pieces, as bodies of PUT /images/uploads/{id}/content?offset=N, each at most 4 MiB and ' +
          'beginning where the one before ended. Each answers { received, bytes }; 409 with the same tells where to go on.',
      })
      .errors({ CONFLICT: apiErrors.CONFLICT, QUOTA_EXCEEDED: apiErrors.QUOTA_EXCEEDED })
      .input(importInput)
      .output(z.object({ id: z.uuid().describe('Of the version that it becomes') })),
    show: withRight
      .route({ method: 'GET', path: '/images/uploads/{id}', summary: 'How much of an upload is there' })
      .errors(missing)
      .input(s.idInput)
      .output(uploadStateSchema),
  },
  templates: {
    list: withRight
      .route({ method: 'GET', path: '/templates', summary: 'Templates' })
      .output(z.array(s.templateSchema)),
  },
  pools: {
    list: withRight.route({ method: 'GET', path: '/pools', summary: 'Pools' }).output(z.array(poolSchema)),
    show: withRight
      .route({ method: 'GET', path: '/pools/{id}', summary: 'One pool' })
      .errors(missing)
      .input(s.idInput)
      .output(poolSchema),
    demand: withRight
      .route({
        method: 'GET',
        path: '/pools/{id}/demand',
        summary: 'How many machines the pool keeps ready through today, and what asks for them',
      })
      .errors(missing)
      .input(s.idInput)
      .output(poolDemandSchema),
    failures: withRight
      .route({
        method: 'GET',
        path: '/pools/{id}/failures',
        summary: 'Its machines that failed, the latest first',
        description: 'At most 50.',
      })
      .errors(missing)
      .input(s.idInput)
      .output(z.array(s.machineFailureSchema)),
    maintenance: withRight
      .route({
        method: 'GET',
        path: '/pools/{id}/maintenance',
        summary: 'Its maintenance window: what was done on which machine when, and what is to come',
      })
      .errors(missing)
      .input(s.idInput)
      .output(poolMaintenanceSchema),
    create: creation
      .route({ method: 'POST', path: '/pools', summary: 'Makes a pool of an image' })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(poolInput)
      .output(poolSchema),
    update: withRight
      .route({ method: 'PATCH', path: '/pools/{id}', summary: 'Changes what is given and leaves the rest' })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(poolUpdateInput)
      .output(poolSchema),
    retryRollout: withRight
      .route({
        method: 'POST',
        path: '/pools/{id}/rollout/retry',
        summary: 'Tries the version again whose roll-out stopped, from one machine on',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(poolSchema),
    rollBack: withRight
      .route({
        method: 'POST',
        path: '/pools/{id}/rollout/back',
        summary: 'Back to the version from before',
        description:
          'A pool that is kept on a version goes back alone; else the image’s current version changes, for all pools that ' +
          'follow it.',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(poolSchema),
    delete: withRight
      .route({
        method: 'DELETE',
        path: '/pools/{id}',
        summary: 'Ends a pool that nobody uses, with its machines',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.idInput)
      .output(poolSchema),
  },
  entitlements: {
    list: withRight
      .route({
        method: 'GET',
        path: '/entitlements',
        summary: 'Who may use which pool',
        description:
          'By pool and name. NOT_FOUND when the pool, person or group that is asked for is not there.',
      })
      .errors(missing)
      .input(s.entitlementsInput)
      .output(pageOf(s.entitlementSchema)),
    add: creation
      .route({
        method: 'POST',
        path: '/entitlements',
        summary: 'Lets a person or group use a pool',
        description: 'Again is harmless, also at the same moment: it answers the one there is.',
      })
      .errors(missing)
      .input(z.object({ poolId: z.uuid(), principalId: z.uuid() }))
      .output(s.entitlementSchema),
    remove: withRight
      .route({
        method: 'DELETE',
        path: '/entitlements/{id}',
        summary: 'Takes an entitlement back',
        description:
          'Who has no other way to it opens this desktop no more. A session that somebody looks at goes on until it is ' +
          'left or logged off, one that was left cannot be entered again, and one that nobody has looked at yet ends at ' +
          'once. The second time answers NOT_FOUND.',
      })
      .errors(missing)
      .input(s.idInput)
      .output(s.entitlementSchema),
  },
  machines,
  users: {
    list: withRight
      .route({ method: 'GET', path: '/users', summary: 'People by name' })
      .input(s.peopleInput)
      .output(pageOf(s.userSchema)),
    create: creation
      .route({ method: 'POST', path: '/users', summary: 'Makes a person' })
      .errors({ CONFLICT: apiErrors.CONFLICT })
      .input(s.personInput)
      .output(s.personSchema),
    setRoles: withRight
      .route({
        method: 'PUT',
        path: '/users/{id}/roles',
        summary: 'Says which roles a person has',
        description:
          'Operators alone make operators, and unmake them. CONFLICT for the last operator; FORBIDDEN for roles that one may not give.',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.rolesOfInput)
      .output(s.personSchema),
    delete: withRight
      .route({
        method: 'DELETE',
        path: '/users/{id}',
        summary: 'Deletes a person, with how they sign in and what was given to them',
        description:
          'The audit log keeps what they did. CONFLICT while they have an open session, a machine of their own, or files for ' +
          'which it is not said what becomes of them, and for the last operator.',
      })
      .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
      .input(s.deletePersonInput)
      .output(s.personSchema),
    usage: withRight
      .route({
        method: 'GET',
        path: '/users/{id}/usage',
        summary: 'A person’s files, hours of this month, and what they have open',
      })
      .errors(missing)
      .input(s.idInput.extend(s.timeZoneInput.shape))
      .output(s.usageSchema),
    sessions: withRight
      .route({
        method: 'GET',
        path: '/users/{id}/sessions',
        summary: 'A person’s sessions, the latest first',
        description: 'Those that live, and the last ten that ended.',
      })
      .errors(missing)
      .input(s.idInput)
      .output(z.array(s.sessionSchema)),
    access: withRight
      .route({
        method: 'GET',
        path: '/users/{id}/access',
        summary: 'What a person may use: by themselves, and through which groups',
      })
      .errors(missing)
      .input(s.idInput)
      .output(personAccessSchema),
    sendMessage,
    show: withRight
      .route({ method: 'GET', path: '/users/{id}', summary: 'One person' })
      .errors(missing)
      .input(s.idInput)
      .output(s.userSchema),
    ...usersSignIn,
  },
  groups,
  directories,
  quotas,
  tenants,
  mail,
  audit,
  live,
  looks,
  messages,
  overview,
  tasks,
};
export type Contract = typeof contract;
