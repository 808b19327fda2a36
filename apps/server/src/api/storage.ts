import { askForDedupe, listStorage, updateStorage } from '@orangery/control';
import { api, audit } from './base.ts';

export const storage = {
  list: api.storage.list.handler(({ context }) => listStorage(context.control)),

  show: api.storage.show.handler(async ({ context, input, errors }) => {
    const [found] = await listStorage(context.control, input.id);
    if (found === undefined) throw errors.NOT_FOUND();
    return found;
  }),

  update: api.storage.update.handler(async ({ context, input, errors }) => {
    if (!(await updateStorage(context.control, input))) throw errors.NOT_FOUND();
    const { id, ...changed } = input;
    await audit(context, 'storage.update', { kind: 'host', id }, 'done', changed);
    const [found] = await listStorage(context.control, id);
    if (found === undefined) throw errors.NOT_FOUND();
    return found;
  }),

  dedupe: api.storage.dedupe.handler(async ({ context, input, errors }) => {
    const asked = await askForDedupe(context.control, input.id);
    if (asked.kind === 'missing') throw errors.NOT_FOUND();
    if (asked.kind === 'cannot') throw errors.CONFLICT({ message: asked.obstacle });
    await audit(context, 'storage.dedupe', { kind: 'host', id: input.id });
    const [found] = await listStorage(context.control, input.id);
    if (found === undefined) throw errors.NOT_FOUND();
    return found;
  }),
};
