import {
  deleteVersion,
  listImages,
  makeCurrent,
  refreshNow,
  retryVersion,
  setRefresh,
  setVersionNotes,
} from '@orangery/control';
import { api, audit, tenantOf } from './base.ts';

export const images = {
  list: api.images.list.handler(({ context }) => listImages(context.control, tenantOf(context))),

  setRefresh: api.images.setRefresh.handler(async ({ context, input, errors }) => {
    const { id, ...schedule } = input;
    const change = await setRefresh(context.control, id, schedule);
    if (change.kind === 'missing') throw errors.NOT_FOUND();
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    await audit(context, 'image.setRefresh', { kind: 'image', id }, 'done', schedule);
    return listImages(context.control, tenantOf(context));
  }),

  refreshNow: api.images.refreshNow.handler(async ({ context, input, errors }) => {
    const change = await refreshNow(context.control, input.id);
    if (change.kind === 'missing') throw errors.NOT_FOUND();
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    await audit(context, 'image.refreshNow', { kind: 'image', id: input.id });
    return listImages(context.control, tenantOf(context));
  }),

  makeCurrent: api.images.makeCurrent.handler(async ({ context, input, errors }) => {
    const change = await makeCurrent(context.control, input.id);
    if (change.kind === 'missing') throw errors.NOT_FOUND();
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    await audit(context, 'image.makeCurrent', { kind: 'imageVersion', id: input.id });
    return listImages(context.control, tenantOf(context));
  }),

  updateVersion: api.images.updateVersion.handler(async ({ context, input, errors }) => {
    if (!(await setVersionNotes(context.control, input.id, input.notes))) throw errors.NOT_FOUND();
    await audit(context, 'image.updateVersion', { kind: 'imageVersion', id: input.id });
    return listImages(context.control, tenantOf(context));
  }),

  retryVersion: api.images.retryVersion.handler(async ({ context, input, errors }) => {
    const change = await retryVersion(context.control, input.id);
    if (change.kind === 'missing') throw errors.NOT_FOUND();
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    await audit(context, 'image.retryVersion', { kind: 'imageVersion', id: input.id });
    return listImages(context.control, tenantOf(context));
  }),

  deleteVersion: api.images.deleteVersion.handler(async ({ context, input, errors }) => {
    const change = await deleteVersion(context.control, input.id);
    if (change.kind === 'missing') throw errors.NOT_FOUND();
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    await audit(context, 'image.deleteVersion', { kind: 'imageVersion', id: input.id });
    return listImages(context.control, tenantOf(context));
  }),
};
