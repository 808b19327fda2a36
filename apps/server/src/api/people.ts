import {
  accessOfPerson,
  accountOf,
  addPerson,
  endSignIns,
  isPerson,
  isSetupNeeded,
  listPeople,
  makeSetupLink,
  redeemSetupLink,
  removeSecondFactor,
  SETUP_LINK_LIFE_MS,
  usageOf,
} from '@orangery/control';
import { createAccount } from '../identity/accounts.ts';
import { api, audit, personOf, tellChange } from './base.ts';

export const setup = {
  complete: api.setup.complete.handler(async ({ context, input, errors }) => {
    const { control, auth } = context;
    if (!(await isSetupNeeded(control))) throw errors.SETUP_DONE();
    if (!(await redeemSetupLink(control, input.token))) throw errors.SETUP_LINK_INVALID();
    const account = await createAccount(auth, control, input);
    if ('taken' in account) throw errors.SETUP_DONE();
    const id = await addPerson(control, {
      name: input.name,
      role: 'administrator',
      authUserId: account.userId,
    });
    await audit(context, 'setup.complete', { kind: 'user', id });
    return { id, name: input.name, email: input.email, role: 'administrator' };
  }),
};

export const setupLink = api.system.setupLink.handler(async ({ context, errors }) => {
  if (!(await isSetupNeeded(context.control))) throw errors.SETUP_DONE();
  const token = await makeSetupLink(context.control);
  await audit(context, 'setup.link', { kind: 'installation', id: context.control.installation.id });
  return { token, expiresInMs: SETUP_LINK_LIFE_MS };
});

export const me = {
  show: api.me.show.handler(({ context }) => {
    if (context.actor.kind === 'operator') {
      return {
        id: context.control.installation.id,
        name: context.actor.name,
        email: null,
        role: 'administrator',
      };
    }
    const { id, name, email, role } = personOf(context);
    return { id, name, email, role };
  }),

  usage: api.me.usage.handler(({ context, input }) =>
    usageOf(context.control, personOf(context).id, input.timeZone),
  ),
};

export const users = {
  signOut: api.users.signOut.handler(async ({ context, input, errors }) => {
    const account = await accountOf(context.control, input.id);
    if (account === undefined) throw errors.NOT_FOUND();
    const ended = await endSignIns(context.control, account.userId);
    await audit(context, 'user.signOut', { kind: 'user', id: input.id }, 'done', { ended });
    return { ended };
  }),

  removeSecondFactor: api.users.removeSecondFactor.handler(async ({ context, input, errors }) => {
    const account = await accountOf(context.control, input.id);
    if (account === undefined) throw errors.NOT_FOUND();
    const ended = await removeSecondFactor(context.control, account.userId);
    await audit(context, 'user.removeSecondFactor', { kind: 'user', id: input.id }, 'done', { ended });
    await tellChange(context, account.userId, 'Your second factor was turned off by an administrator');
    return { ended };
  }),

  usage: api.users.usage.handler(async ({ context, input, errors }) => {
    if (!(await isPerson(context.control, input.id))) throw errors.NOT_FOUND();
    return usageOf(context.control, input.id, input.timeZone);
  }),

  access: api.users.access.handler(async ({ context, input, errors }) => {
    const access = await accessOfPerson(context.control, input.id);
    if (access === undefined) throw errors.NOT_FOUND();
    return access;
  }),

  list: api.users.list.handler(({ context, input }) => listPeople(context.control, input.search)),
  create: api.users.create.handler(async ({ context, input, errors }) => {
    const account = await createAccount(context.auth, context.control, input);
    if ('taken' in account) throw errors.CONFLICT({ message: `${input.email} already has an account` });
    const id = await addPerson(context.control, {
      name: input.name,
      role: input.role,
      authUserId: account.userId,
    });
    await audit(context, 'user.create', { kind: 'user', id }, 'done', { role: input.role });
    return { id, name: input.name, email: input.email, role: input.role };
  }),
};
