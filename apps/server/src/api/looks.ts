import { answerLook, askToLook, findSession, listLooks } from '@orangery/control';
import { api, audit, personOf, tenantOf } from './base.ts';

export const looks = {
  list: api.looks.list.handler(({ context }) => listLooks(context.control, personOf(context).id)),

  ask: api.looks.ask.handler(async ({ context, input, errors }) => {
    const asker = personOf(context);
    if ((await findSession(context.control, { tenantId: tenantOf(context) }, input.id)) === undefined)
      throw errors.NOT_FOUND();
    const look = await askToLook(context.control, input.id, asker.id);
    if (look === undefined) throw errors.CONFLICT({ message: 'This session has ended.' });
    await audit(context, 'session.askToLook', { kind: 'session', id: input.id });
    return look;
  }),

  answer: api.looks.answer.handler(async ({ context, input, errors }) => {
    const look = await answerLook(context.control, personOf(context).id, input.id, input.allow);
    if (look === undefined) throw errors.NOT_FOUND();
    await audit(context, 'session.answerLook', { kind: 'session', id: look.sessionId }, look.state, {
      asker: look.asker,
    });
    return look;
  }),
};
