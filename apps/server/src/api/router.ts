import {
  findSession,
  listDesktops,
  listLoopStatus,
  listQuarantine,
  markFavourite,
  mayUsePool,
  openDesktop,
  startInstallation,
  type Status,
  stopInstallation,
  systemStatus,
  whyMayUse,
} from '@orangery/control';
import { api, audit, mayAlso, personOf } from './base.ts';
import type { ApiContext } from './context.ts';
import { account, signIns } from './account.ts';
import { applications } from './applications.ts';
import { entitlements } from './entitlements.ts';
import { groups } from './groups.ts';
import { images } from './images.ts';
import { hosts, machines, templates } from './infrastructure.ts';
import { apiKeys, passkeys } from './keys.ts';
import { live } from './live.ts';
import { looks } from './looks.ts';
import { mail } from './mail.ts';
import { messages } from './messages.ts';
import { overview } from './overview.ts';
import { me, setup, setupLink, users } from './people.ts';
import { auditLog } from './audit.ts';
import { directories } from './directories.ts';
import { drafts, imports } from './drafts.ts';
import { pools } from './pools.ts';
import { sessions } from './sessions.ts';
import { signIn } from './sign-in.ts';
import { storage } from './storage.ts';
import { tasks } from './tasks.ts';
import { quotas, tenants } from './tenants.ts';

async function changed(context: ApiContext, action: string, detail?: object): Promise<Status> {
  const installation = { kind: 'installation', id: context.control.installation.id };
  await audit(context, action, installation, 'done', detail);
  context.nudgeAll();
  return systemStatus(context.control, context.version);
}

/** Each operation of the contract, implemented; the compiler refuses a missing one. */
export const router = api.router({
  system: {
    status: api.system.status.handler(async ({ context }) => {
      const status = await systemStatus(context.control, context.version);
      const signedIn = context.actor.kind !== 'nobody';
      // Reasons name hosts, files and people, whosever they are.
      if (mayAlso(context, 'installation')) return status;
      return {
        ...status,
        steps: status.steps.map((step) => ({
          ...step,
          reason: null,
          progress: signedIn ? step.progress : null,
        })),
      };
    }),
    loops: api.system.loops.handler(({ context }) => listLoopStatus(context.control)),
    quarantine: api.system.quarantine.handler(({ context }) => listQuarantine(context.control)),
    stop: api.system.stop.handler(async ({ context, input }) => {
      await stopInstallation(context.control, input.purge);
      return changed(context, 'system.stop', input);
    }),
    start: api.system.start.handler(async ({ context }) => {
      await startInstallation(context.control);
      return changed(context, 'system.start');
    }),
    setupLink,
  },
  setup,
  signIn,
  account,
  signIns,
  passkeys,
  apiKeys,
  mail,
  me,
  desktops: {
    list: api.desktops.list.handler(({ context }) => listDesktops(context.control, personOf(context))),
    open: api.desktops.open.handler(async ({ context, input, errors }) => {
      const person = personOf(context);
      if (!(await mayUsePool(context.control, person, input.id))) throw errors.NOT_FOUND();
      const { sessionId, made } = await openDesktop(context.control, person, input.id, input.locale);
      const session = await findSession(context.control, { principalId: person.id }, sessionId);
      if (session === undefined) throw errors.NOT_FOUND();
      if (made) {
        const subject = { kind: 'session', id: sessionId };
        const why = await whyMayUse(context.control, person, { id: sessionId, poolId: input.id });
        await audit(context, 'session.open', subject, 'done', { placed: session.reason }, why);
      } else context.auditing.told = true;
      return session;
    }),
    setFavourite: api.desktops.setFavourite.handler(async ({ context, input, errors }) => {
      const person = personOf(context);
      if (!(await mayUsePool(context.control, person, input.id))) throw errors.NOT_FOUND();
      await markFavourite(context.control, person.id, { poolId: input.id }, input.favourite);
      return { favourite: input.favourite };
    }),
  },
  applications,
  sessions,
  hosts,
  storage,
  images,
  templates,
  drafts,
  imports,
  pools,
  entitlements,
  machines,
  users,
  groups,
  directories,
  quotas,
  tenants,
  audit: auditLog,
  live,
  looks,
  messages,
  overview,
  tasks,
});
