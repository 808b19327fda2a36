import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { inPerson } from './operation.ts';
import { topics } from './live-topics.ts';

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
