import {
  accessOfPerson,
  accountOf,
  addPerson,
  askForMail,
  deletePerson,
  endSignIns,
  findPerson,
  findTenantName,
  firstTenant,
  isPerson,
  isSetupNeeded,
  listPeople,
  mailSettings,
  makeSetupLink,
  type PersonChange,
  sessionsOf,
  quotasOf,
  redeemSetupLink,
  refusalFor,
  refusalToGive,
  removeSecondFactor,
  setRoles,
  SETUP_LINK_LIFE_MS,
  usageOf,
} from '@orangery/control';
import type { Role } from '@orangery/contract';
import { hashPassword } from '../identity/password.ts';
import { api, audit, personOf, tellChange, tenantOf } from './base.ts';
import { send } from './messages.ts';

export const setup = {
  complete: api.setup.complete.handler(async ({ context, input, errors }) => {
    const { control } = context;
    if (!(await isSetupNeeded(control))) throw errors.SETUP_DONE();
    if (!(await redeemSetupLink(control, input.token))) throw errors.SETUP_LINK_INVALID();
    const { name, email } = input;
    const roles: Role[] = ['administrator', 'operator'];
    const passwordHash = await hashPassword(input.password);
    const id = await addPerson(control, await firstTenant(control), { name, email, roles, passwordHash });
    if (id === undefined) throw errors.SETUP_DONE();
    await audit(context, 'setup.complete', { kind: 'user', id });
    return { id, name, email, roles };
  }),
};

export const setupLink = api.system.setupLink.handler(async ({ context, errors }) => {
  if (!(await isSetupNeeded(context.control))) throw errors.SETUP_DONE();
  const token = await makeSetupLink(context.control);
  await audit(context, 'setup.link', { kind: 'installation', id: context.control.installation.id });
  return { token, expiresInMs: SETUP_LINK_LIFE_MS };
});

export const me = {
  show: api.me.show.handler(async ({ context, errors }) => {
    const { actor, control, scope } = context;
    const tenant = await findTenantName(control, scope.tenantId);
    if (tenant === undefined || actor.kind === 'nobody') throw errors.UNAUTHORIZED();
    const there = { tenant, atHome: !scope.elsewhere, rights: [...scope.rights] };
    if (actor.kind === 'operator')
      return { id: control.installation.id, name: actor.name, email: null, roles: [], ...there };
    const { id, name, email, roles } = actor;
    return { id, name, email, roles: [...roles], ...there };
  }),

  quotas: api.me.quotas.handler(({ context }) => quotasOf(context.control, personOf(context))),

  usage: api.me.usage.handler(({ context, input }) =>
    usageOf(context.control, personOf(context).id, input.timeZone),
  ),
};

type Errors = {
  NOT_FOUND: () => Error;
  FORBIDDEN: (options: { message: string }) => Error;
  CONFLICT: (options: { message: string }) => Error;
};

/** What was changed; throws what the contract says of the rest. */
function done(change: PersonChange, errors: Errors): Extract<PersonChange, { kind: 'done' }> {
  if (change.kind === 'done') return change;
  if (change.kind === 'missing') throw errors.NOT_FOUND();
  throw errors[change.kind === 'forbidden' ? 'FORBIDDEN' : 'CONFLICT']({ message: change.reason });
}

export const users = {
  signOut: api.users.signOut.handler(async ({ context, input, errors }) => {
    const account = await accountOf(context.control, input.id);
    if (account === undefined) throw errors.NOT_FOUND();
    const refusal = await refusalFor(context.control, context.scope.rights, input.id);
    if (refusal !== undefined) throw errors.FORBIDDEN({ message: refusal });
    const ended = await endSignIns(context.control, account.userId);
    await audit(context, 'user.signOut', { kind: 'user', id: input.id }, 'done', { ended });
    return { ended };
  }),

  sendReset: api.users.sendReset.handler(async ({ context, input, errors }) => {
    const account = await accountOf(context.control, input.id);
    if (account === undefined) throw errors.NOT_FOUND();
    const refusal = await refusalFor(context.control, context.scope.rights, input.id);
    if (refusal !== undefined) throw errors.FORBIDDEN({ message: refusal });
    if ((await mailSettings(context.control)) === undefined)
      throw errors.CONFLICT({ message: 'This Orangery sends no mails: set them up under Mail.' });
    await askForMail(context.control, 'reset', account.email);
    await audit(context, 'user.sendReset', { kind: 'user', id: input.id });
    return {};
  }),

  removeSecondFactor: api.users.removeSecondFactor.handler(async ({ context, input, errors }) => {
    const account = await accountOf(context.control, input.id);
    if (account === undefined) throw errors.NOT_FOUND();
    const refusal = await refusalFor(context.control, context.scope.rights, input.id);
    if (refusal !== undefined) throw errors.FORBIDDEN({ message: refusal });
    const ended = await removeSecondFactor(context.control, account.userId);
    await audit(context, 'user.removeSecondFactor', { kind: 'user', id: input.id }, 'done', { ended });
    await tellChange(context, account.userId, 'Your second factor was turned off by an administrator');
    return { ended };
  }),

  sendMessage: send,

  show: api.users.show.handler(async ({ context, input, errors }) => {
    const person = await findPerson(context.control, input.id);
    if (person === undefined) throw errors.NOT_FOUND();
    return person;
  }),

  usage: api.users.usage.handler(async ({ context, input, errors }) => {
    if (!(await isPerson(context.control, input.id))) throw errors.NOT_FOUND();
    return usageOf(context.control, input.id, input.timeZone);
  }),

  sessions: api.users.sessions.handler(({ context, input }) =>
    sessionsOf(context.control, { tenantId: tenantOf(context), personId: input.id }),
  ),

  access: api.users.access.handler(async ({ context, input, errors }) => {
    const access = await accessOfPerson(context.control, input.id);
    if (access === undefined) throw errors.NOT_FOUND();
    return access;
  }),

  list: api.users.list.handler(({ context, input }) => listPeople(context.control, tenantOf(context), input)),
  setRoles: api.users.setRoles.handler(async ({ context, input, errors }) => {
    const { control, scope } = context;
    const { value, before } = done(await setRoles(control, scope.rights, input.id, input.roles), errors);
    await audit(context, 'user.setRoles', { kind: 'user', id: input.id }, 'done', {
      before,
      after: value.roles,
    });
    return value;
  }),

  delete: api.users.delete.handler(async ({ context, input, errors }) => {
    const { id, ...files } = input;
    const { value } = done(await deletePerson(context.control, context.scope.rights, id, files), errors);
    const { name, email, roles } = value;
    await audit(context, 'user.delete', { kind: 'user', id }, 'done', { name, email, roles, ...files });
    return value;
  }),

  create: api.users.create.handler(async ({ context, input, errors }) => {
    const refusal = refusalToGive(context.scope.rights, [], input.roles);
    if (refusal !== undefined) throw errors.FORBIDDEN({ message: refusal });
    const { name, email, roles } = input;
    const passwordHash = await hashPassword(input.password);
    const id = await addPerson(context.control, tenantOf(context), { name, email, roles, passwordHash });
    if (id === undefined) throw errors.CONFLICT({ message: `${email} already has an account` });
    await audit(context, 'user.create', { kind: 'user', id }, 'done', { roles });
    return { id, name, email, roles };
  }),
};
