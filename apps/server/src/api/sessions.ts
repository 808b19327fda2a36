import type { Right } from '@orangery/contract';
import {
  connectability,
  describeOrigin,
  deviceOf,
  endSession,
  findSession,
  listSessions,
  makeTicket,
  mayEnterSession,
  queueOf,
  resolveProfile,
  restartSession,
  sendViewerAway,
  type Session,
  type SessionScope,
  TICKET_LIFE_MS,
} from '@orangery/control';
import { api, audit, byRight, mayAlso, personOf, tenantOf } from './base.ts';
import type { ApiContext } from './context.ts';
import { lookAt } from './pictures.ts';

/** How long one call waits for a machine; the browser asks again, so no proxy in between grows impatient. */
const CONNECT_WAIT_MS = 20_000;
/** Who stands in a queue is told their place soon, and again as it changes; far behind it changes long before it matters. */
const QUEUE_TOLD_MS = 2_000;
const QUEUE_TOLD_MAX_MS = 45_000;
const QUEUE_TOLD_EACH_MS = 100;
/** So long after the click, people are told at once that they wait, and where. */
const QUEUE_NEW_MS = 5_000;
/** A lost notice costs this much. */
const LOOK_AGAIN_MS = 5_000;

/** One's own sessions; with the right, all of the tenant. */
function scopeOf(
  context: ApiContext,
  right: 'sessions.look' | 'sessions.help' | 'machines.screen',
): SessionScope {
  return mayAlso(context, right) ? { tenantId: tenantOf(context) } : { principalId: personOf(context).id };
}

/**
 * The session, where the caller may do this to it. Who only sees it is told so, as is the audit log; to all others it is not
 * there.
 */
async function sessionFor(
  context: ApiContext,
  right: 'sessions.help' | 'machines.screen',
  id: string,
  action: string,
  errors: { NOT_FOUND: () => Error; FORBIDDEN: (options: { message: string }) => Error },
): Promise<{ scope: SessionScope; session: Session }> {
  const scope = scopeOf(context, right);
  const session = await findSession(context.control, scope, id);
  if (session !== undefined) return { scope, session };
  if ((await findSession(context.control, scopeOf(context, 'sessions.look'), id)) === undefined)
    throw errors.NOT_FOUND();
  const message = 'Your role shows this session and may not touch it: it is somebody else’s.';
  await audit(context, action, { kind: 'session', id }, 'refused', { code: 'FORBIDDEN' }, message);
  throw errors.FORBIDDEN({ message });
}

/** Whether the session is the caller's own; where it is not, what is done to it is done by this right. */
async function isOwn(context: ApiContext, id: string, right: Right): Promise<boolean> {
  const { actor, control } = context;
  const own =
    actor.kind === 'person' && (await findSession(control, { principalId: actor.id }, id)) !== undefined;
  if (!own) byRight(context, right);
  return own;
}

/** Ten thousand who wait and ask every two seconds would keep the server from giving them machines. */
async function queueToldMs(
  control: ApiContext['control'],
  { id, createdAt }: { id: string; createdAt: string },
): Promise<number> {
  if (control.clock.now() - Date.parse(createdAt) < QUEUE_NEW_MS) return QUEUE_TOLD_MS;
  const { position = 1 } = (await queueOf(control, id)) ?? {};
  return Math.min(QUEUE_TOLD_MAX_MS, Math.max(QUEUE_TOLD_MS, position * QUEUE_TOLD_EACH_MS));
}

export const sessions = {
  list: api.sessions.list.handler(({ context, input }) =>
    listSessions(context.control, scopeOf(context, 'sessions.look'), input),
  ),

  show: api.sessions.show.handler(async ({ context, input, errors }) => {
    const session = await findSession(context.control, scopeOf(context, 'sessions.look'), input.id);
    if (session === undefined) throw errors.NOT_FOUND();
    return session;
  }),

  connect: api.sessions.connect.handler(async ({ context, input, errors }) => {
    const { control, changes, signal } = context;
    // Only one's own: an administrator does not look at people's screens this way.
    const person = personOf(context);
    const session = await findSession(control, { principalId: person.id }, input.id);
    if (session === undefined) throw errors.NOT_FOUND();
    const waitMs = session.machine === null ? await queueToldMs(control, session) : CONNECT_WAIT_MS;
    const deadline = control.clock.monotonicMs() + waitMs;
    let machineId = session.machine?.id;
    for (;;) {
      const change = changes.next(machineId === undefined ? [input.id] : [input.id, machineId]);
      using _ = { [Symbol.dispose]: change.stop };
      const state = await connectability(control, input.id);
      if (state.kind === 'ended' || state.kind === 'conflict') return state;
      if (state.kind === 'ready') {
        // What was taken back in the meantime gives no way in, neither by a click nor after a lost line.
        if (!(await mayEnterSession(control, person, session))) {
          throw errors.FORBIDDEN({
            message: `You may no longer use ${session.title}. Ask your administrator.`,
          });
        }
        const ticket = await makeTicket(control, { id: input.id, principalId: person.id });
        return { kind: 'ticket', ticket, expiresInMs: TICKET_LIFE_MS, machine: state.machine };
      }
      // A browser that has gone away is no error: nobody reads this answer.
      if (signal.aborted || control.clock.monotonicMs() >= deadline) {
        const queue = await queueOf(control, input.id);
        return {
          kind: 'waiting',
          reason: queue?.reason ?? state.reason,
          progress: null,
          queue:
            queue === undefined
              ? null
              : {
                  position: queue.position,
                  expectedMs: queue.expectedMs,
                  filesAway: queue.filesAway,
                },
        };
      }
      // What became of a machine that it has only now was told to nobody here: look once more.
      const { machineId: now } = state.kind === 'waiting' && 'machineId' in state ? state : {};
      if (now !== machineId) {
        machineId = now;
        continue;
      }
      const leftMs = deadline - control.clock.monotonicMs();
      const lookMs = machineId === undefined ? leftMs : Math.min(leftMs, LOOK_AGAIN_MS);
      await Promise.race([change.changed, control.clock.sleep(lookMs, signal).catch(() => {})]);
    }
  }),

  resolveProfile: api.sessions.resolveProfile.handler(async ({ context, input, errors }) => {
    const scope = { principalId: personOf(context).id };
    if ((await findSession(context.control, scope, input.id)) === undefined) throw errors.NOT_FOUND();
    if (!(await resolveProfile(context.control, input.id, input.choice))) {
      throw errors.CONFLICT({ message: 'Your files are not in use elsewhere: there is nothing to choose.' });
    }
    await audit(context, 'session.resolveProfile', { kind: 'session', id: input.id });
    const session = await findSession(context.control, scope, input.id);
    if (session === undefined) throw errors.NOT_FOUND();
    return session;
  }),

  picture: api.sessions.picture.handler(async ({ context, input, errors }) => {
    const { session } = await sessionFor(context, 'machines.screen', input.id, 'session.picture', errors);
    if (session.machine === null || session.endedAt !== null)
      throw errors.CONFLICT({ message: 'This session has no machine now: there is nothing to see.' });
    await isOwn(context, input.id, 'machines.screen');
    const look = { subject: { kind: 'session', id: input.id }, because: input.because } as const;
    return lookAt(context, session.machine.id, look, (message) => errors.CONFLICT({ message }));
  }),

  restart: api.sessions.restart.handler(async ({ context, input, errors }) => {
    const { scope } = await sessionFor(context, 'sessions.help', input.id, 'session.restart', errors);
    await isOwn(context, input.id, 'sessions.help');
    const restart = await restartSession(context.control, input.id, input.how);
    if (restart.kind === 'missing') throw errors.CONFLICT({ message: 'This session has ended.' });
    if (restart.kind === 'noMachine')
      throw errors.CONFLICT({ message: 'It has no machine yet: one is on its way.' });
    await audit(context, 'session.restart', { kind: 'session', id: input.id }, restart.kind, {
      how: input.how,
      machineId: restart.machineId,
    });
    const session = await findSession(context.control, scope, input.id);
    if (session === undefined) throw errors.NOT_FOUND();
    return session;
  }),

  disconnect: api.sessions.disconnect.handler(async ({ context, input, errors }) => {
    const { actor, client, userAgent } = context;
    const { scope } = await sessionFor(context, 'sessions.help', input.id, 'session.disconnect', errors);
    const own = await isOwn(context, input.id, 'sessions.help');
    const who = actor.kind === 'nobody' ? 'somebody' : actor.name;
    const reason = own
      ? `you disconnected it from ${describeOrigin({ device: deviceOf(userAgent), address: client })}`
      : `${who} disconnected it`;
    if (!(await sendViewerAway(context.control, input.id, reason)))
      throw errors.CONFLICT({ message: 'Nobody looks at this session now.' });
    await audit(context, 'session.disconnect', { kind: 'session', id: input.id });
    const session = await findSession(context.control, scope, input.id);
    if (session === undefined) throw errors.NOT_FOUND();
    return session;
  }),

  end: api.sessions.end.handler(async ({ context, input, errors }) => {
    const { scope, session } = await sessionFor(context, 'sessions.help', input.id, 'session.end', errors);
    const { actor } = context;
    const own = await isOwn(context, input.id, 'sessions.help');
    const who = actor.kind === 'nobody' ? 'nobody' : actor.name;
    await endSession(context.control, input.id, own ? `${who} logged off` : `ended by ${who}`);
    await audit(context, 'session.end', { kind: 'session', id: input.id });
    return (await findSession(context.control, scope, input.id)) ?? session;
  }),
};
