import {
  beginImport,
  discardDraft,
  draftState,
  listImages,
  makeTicket,
  openDraft,
  publishDraft,
  TICKET_LIFE_MS,
  uploadState,
} from '@orangery/control';
import { api, audit, mayAlso, personOf, tenantOf } from './base.ts';

/** How long one call waits for the machine; the browser asks again. */
const CONNECT_WAIT_MS = 20_000;
/** A lost notice costs this much. */
const LOOK_AGAIN_MS = 500;

export const drafts = {
  open: api.drafts.open.handler(async ({ context, input, errors }) => {
    const of = { tenantId: tenantOf(context), shared: mayAlso(context, 'installation') };
    const opened = await openDraft(context.control, of, input.id);
    if (opened.kind === 'missing') throw errors.NOT_FOUND();
    if (opened.kind === 'refused') throw errors.CONFLICT({ message: opened.reason });
    await audit(context, 'draft.open', { kind: 'imageVersion', id: opened.versionId }, 'done', {
      from: input.id,
    });
    return { id: opened.versionId };
  }),

  connect: api.drafts.connect.handler(async ({ context, input, errors }) => {
    const { control, changes, signal } = context;
    const person = personOf(context);
    const deadline = control.clock.monotonicMs() + CONNECT_WAIT_MS;
    for (;;) {
      const change = changes.next([input.id]);
      using _ = { [Symbol.dispose]: change.stop };
      const state = await draftState(control, input.id);
      if (state === undefined) throw errors.NOT_FOUND();
      if (state.kind === 'ended') return state;
      if (state.kind === 'ready') {
        const ticket = await makeTicket(control, { id: input.id, principalId: person.id, of: 'draft' });
        await audit(context, 'draft.connect', { kind: 'imageVersion', id: input.id });
        return { kind: 'ticket', ticket, expiresInMs: TICKET_LIFE_MS, machine: state.machine };
      }
      if (signal.aborted || state.progress !== null || control.clock.monotonicMs() >= deadline)
        return { ...state, queue: null };
      await Promise.race([change.changed, control.clock.sleep(LOOK_AGAIN_MS)]);
    }
  }),

  publish: api.drafts.publish.handler(async ({ context, input, errors }) => {
    const change = await publishDraft(context.control, input.id, input.notes);
    if (change.kind === 'missing') throw errors.NOT_FOUND();
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    await audit(context, 'draft.publish', { kind: 'imageVersion', id: input.id });
    return listImages(context.control, tenantOf(context));
  }),

  discard: api.drafts.discard.handler(async ({ context, input, errors }) => {
    const change = await discardDraft(context.control, input.id);
    if (change.kind === 'missing') throw errors.NOT_FOUND();
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    await audit(context, 'draft.discard', { kind: 'imageVersion', id: input.id });
    return listImages(context.control, tenantOf(context));
  }),
};

export const imports = {
  begin: api.imports.begin.handler(async ({ context, input, errors }) => {
    const { name, title, notes, fileName, bytes, sha256, kind, diskGib } = input;
    const upload = {
      fileName,
      bytes,
      kind,
      sha256: sha256 ?? null,
      diskGib: kind === 'iso' ? diskGib : null,
    };
    const begun = await beginImport(
      context.control,
      { tenantId: tenantOf(context), shared: mayAlso(context, 'installation') },
      { name, title, notes, upload },
    );
    if (begun.kind === 'refused') throw errors.CONFLICT({ message: begun.reason });
    if (begun.kind === 'overQuota') throw errors.QUOTA_EXCEEDED({ message: begun.reason });
    await audit(context, 'image.import', { kind: 'imageVersion', id: begun.versionId }, 'done', {
      name,
      fileName,
      bytes,
    });
    return { id: begun.versionId };
  }),

  show: api.imports.show.handler(async ({ context, input, errors }) => {
    const state = await uploadState(context.control, input.id);
    if (state === undefined) throw errors.NOT_FOUND();
    return state;
  }),
};
