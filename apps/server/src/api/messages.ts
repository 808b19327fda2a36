import { readMessage, sendMessage, unreadMessages } from '@orangery/control';
import { api, audit, nameOf, personOf } from './base.ts';

export const messages = {
  list: api.messages.list.handler(({ context }) => unreadMessages(context.control, personOf(context).id)),
  read: api.messages.read.handler(async ({ context, input, errors }) => {
    const read = await readMessage(context.control, personOf(context).id, input.id);
    if (read === undefined) throw errors.NOT_FOUND();
    await audit(context, 'message.read', { kind: 'message', id: input.id });
    return read;
  }),
};

export const send = api.users.sendMessage.handler(async ({ context, input, errors }) => {
  const { id, text } = input;
  const sent = await sendMessage(context.control, id, { sender: nameOf(context), text });
  if (sent.kind === 'missing') throw errors.NOT_FOUND();
  if (sent.kind === 'tooMany')
    throw errors.CONFLICT({ message: 'They have not read what was said to them before.' });
  await audit(context, 'user.sendMessage', { kind: 'user', id }, 'done', { text });
  return sent.message;
});
