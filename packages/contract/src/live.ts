import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { inPerson } from './operation.ts';

/** What pages show and changes are told of. `desktops` is all of the portal: applications, too. */
export const topics = [
  'applications',
  'audit',
  'desktops',
  'directories',
  'entitlements',
  'groups',
  'hosts',
  'images',
  'looks',
  'machines',
  'mail',
  'me',
  'pools',
  'quotas',
  'sessions',
  'signIns',
  'storage',
  'system',
  'templates',
  'tenants',
  'users',
] as const;
export type Topic = (typeof topics)[number];

/** A stream that was silent for so long is none any more. */
export const LIVE_SILENT_MS = 50_000;

/** What has changed by now is asked for again; nothing of it is in the event. */
export const changeSchema = z.object({ topics: z.array(z.enum(topics)) });

export const live = {
  follow: inPerson
    .route({
      method: 'GET',
      path: '/live',
      summary: 'Tells what changes of what I may see, as it does',
      description:
        'Server-sent events. The first names all topics: whoever lost the stream asks for everything again. Many changes ' +
        'of a moment are one event; one that names nothing says that the stream is still there. It ends with the sign-in, and when what the person may do has changed: follow anew. ' +
        'UNAVAILABLE when a person, or the server, has too many.',
    })
    .output(eventIterator(changeSchema)),
};
