import { z } from 'zod';
import { apiErrors } from './errors.ts';
import { inPerson, missing, person, withRight } from './operation.ts';
import { idInput } from './schemas.ts';

/** asked: it waits for an answer. allowed, refused: the answer. over: nobody answered in time, or what was allowed is over. */
export const lookStates = ['asked', 'allowed', 'refused', 'over'] as const;

/** A wish of who helps somebody to see their screen, and what the person said to it. */
export const lookSchema = z.object({
  id: z.uuid(),
  sessionId: z.uuid(),
  /** Of the desktop. */
  title: z.string(),
  asker: z.string(),
  /** Whose screen it is. */
  person: z.string(),
  /** I am asked; else I ask. */
  ofMine: z.boolean(),
  state: z.enum(lookStates),
  /** So long it waits, or is allowed. */
  until: z.iso.datetime({ offset: true }),
});

export const looks = {
  list: person
    .route({
      method: 'GET',
      path: '/looks',
      summary: 'Who asks to see my screen, and whom I have asked',
      description: 'What is over is not among them but for an hour.',
    })
    .output(z.array(lookSchema)),
  ask: withRight
    .route({
      method: 'POST',
      path: '/sessions/{id}/looks',
      summary: 'Asks a person whether I may see the screen of their session',
      description:
        'They are asked wherever they are signed in, for two minutes; what they allow holds for 15 minutes.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(idInput)
    .output(lookSchema),
  answer: inPerson
    .route({
      method: 'PUT',
      path: '/looks/{id}',
      summary: 'Lets who asks see my screen, or not; also ends what I have allowed',
    })
    .errors(missing)
    .input(idInput.extend({ allow: z.boolean() }))
    .output(lookSchema),
};
