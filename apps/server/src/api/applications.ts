import {
  createApplication,
  deleteApplication,
  entitleToApplication,
  findSession,
  listApplicationEntitlements,
  listApplications,
  listMyApplications,
  listPools,
  markFavourite,
  openApplication,
  programsOfPool,
  type Published,
  removeApplicationEntitlement,
  updateApplication,
  usableApplication,
} from '@orangery/control';
import { api, audit, personOf, tenantOf } from './base.ts';

/** Why a change was refused; the rest is about something that is not there. */
const REFUSALS: Partial<Record<Published['kind'], string>> = {
  badIcon: 'The picture is no PNG of at most 64 KiB and 512 pixels a side.',
  taken: 'There is an application of that name already.',
  noProgram: 'The image of this pool has no such program: see what it offers.',
};

export const applications = {
  mine: api.applications.mine.handler(({ context }) =>
    listMyApplications(context.control, personOf(context)),
  ),

  open: api.applications.open.handler(async ({ context, input, errors }) => {
    const person = personOf(context);
    const application = await usableApplication(context.control, person, input.id);
    if (application === undefined) throw errors.NOT_FOUND();
    const { sessionId, made } = await openApplication(context.control, person, application, input.locale);
    const session = await findSession(context.control, { principalId: person.id }, sessionId);
    if (session === undefined) throw errors.NOT_FOUND();
    await audit(context, 'application.open', { kind: 'application', id: input.id }, 'done', {
      sessionId,
      made,
    });
    return session;
  }),

  setFavourite: api.applications.setFavourite.handler(async ({ context, input, errors }) => {
    const person = personOf(context);
    if ((await usableApplication(context.control, person, input.id)) === undefined) throw errors.NOT_FOUND();
    await markFavourite(context.control, person.id, { applicationId: input.id }, input.favourite);
    return { favourite: input.favourite };
  }),

  list: api.applications.list.handler(({ context }) => listApplications(context.control, tenantOf(context))),

  programs: api.applications.programs.handler(async ({ context, input, errors }) => {
    const [pool] = await listPools(context.control, tenantOf(context), input.id);
    if (pool === undefined) throw errors.NOT_FOUND();
    return programsOfPool(context.control, input.id);
  }),

  create: api.applications.create.handler(async ({ context, input, errors }) => {
    const made = await createApplication(context.control, tenantOf(context), input);
    const message = REFUSALS[made.kind];
    if (message !== undefined) throw errors.CONFLICT({ message });
    if (made.kind !== 'done') throw errors.NOT_FOUND({ message: 'There is no such pool' });
    await audit(context, 'application.create', { kind: 'application', id: made.id }, 'done', {
      name: input.name,
      program: input.program,
    });
    const [application] = await listApplications(context.control, tenantOf(context), made.id);
    if (application === undefined) throw errors.NOT_FOUND();
    return application;
  }),

  update: api.applications.update.handler(async ({ context, input, errors }) => {
    const changed = await updateApplication(context.control, input);
    const message = REFUSALS[changed.kind];
    if (message !== undefined) throw errors.CONFLICT({ message });
    const [application] = await listApplications(context.control, tenantOf(context), input.id);
    if (changed.kind !== 'done' || application === undefined) throw errors.NOT_FOUND();
    await audit(context, 'application.update', { kind: 'application', id: input.id });
    return application;
  }),

  delete: api.applications.delete.handler(async ({ context, input, errors }) => {
    const [application] = await listApplications(context.control, tenantOf(context), input.id);
    if (application === undefined || !(await deleteApplication(context.control, input.id)))
      throw errors.NOT_FOUND();
    await audit(context, 'application.delete', { kind: 'application', id: input.id }, 'done', {
      name: application.name,
    });
    return application;
  }),

  people: api.applications.people.handler(async ({ context, input, errors }) => {
    const [application] = await listApplications(context.control, tenantOf(context), input.id);
    if (application === undefined) throw errors.NOT_FOUND();
    return listApplicationEntitlements(context.control, input);
  }),

  entitle: api.applications.entitle.handler(async ({ context, input, errors }) => {
    const { id: applicationId, principalId } = input;
    const added = await entitleToApplication(context.control, { applicationId, principalId });
    if (added === undefined) throw errors.NOT_FOUND();
    await audit(context, 'application.entitle', { kind: 'application', id: applicationId }, 'done', {
      principalId,
    });
    return added;
  }),

  unentitle: api.applications.unentitle.handler(async ({ context, input, errors }) => {
    const removed = await removeApplicationEntitlement(context.control, input.id);
    if (removed === undefined) throw errors.NOT_FOUND();
    const { application, principal } = removed;
    await audit(context, 'application.unentitle', { kind: 'application', id: application.id }, 'done', {
      principalId: principal.id,
    });
    return removed;
  }),
};
