import { z } from 'zod';
import { apiErrors } from './errors.ts';
import { creation, inPerson, missing, person } from './operation.ts';
import { idInput } from './schemas.ts';

export const messageSchema = z.object({
  id: z.uuid(),
  /** Who says it. */
  sender: z.string(),
  text: z.string(),
  at: z.iso.datetime({ offset: true }),
});

/** What others have to say to the caller. */
export const messages = {
  list: person
    .route({
      method: 'GET',
      path: '/messages',
      summary: 'What was said to me and not read yet',
      description: 'Of the last week.',
    })
    .output(z.array(messageSchema)),
  read: inPerson
    .route({ method: 'DELETE', path: '/messages/{id}', summary: 'I have read it: it is shown no more' })
    .errors(missing)
    .input(idInput)
    .output(messageSchema),
};

/** Of `users`. */
export const sendMessage = creation
  .route({
    method: 'POST',
    path: '/users/{id}/messages',
    summary: 'Says something to a person',
    description:
      'They read it wherever they are signed in, the desktop itself included, within a moment, or when they next are within a week. CONFLICT when they have too many unread.',
  })
  .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
  .input(idInput.extend({ text: z.string().trim().min(1).max(1_000) }))
  .output(messageSchema);
