import { z } from 'zod';
import { apiErrors } from './errors.ts';
import { missing, person } from './operation.ts';
import { pageOf } from './pages.ts';
import * as s from './schemas.ts';

/** A person's sessions; an administrator's view of all. */
export const sessions = {
  list: person
    .route({ method: 'GET', path: '/sessions', summary: 'My sessions; an administrator sees all' })
    .input(s.sessionFilter)
    .output(pageOf(s.sessionSchema)),
  show: person
    .route({ method: 'GET', path: '/sessions/{id}', summary: 'One session' })
    .errors(missing)
    .input(s.idInput)
    .output(s.sessionSchema),
  connect: person
    .meta({ looks: true })
    .route({
      method: 'POST',
      path: '/sessions/{id}/connect',
      summary: 'A one-time ticket for the gateway; waits up to 20 s for the machine',
      description:
        'FORBIDDEN when the person may no longer use the pool: the session cannot be entered again.',
    })
    .errors(missing)
    .input(s.idInput)
    .output(s.connectSchema),
  resolveProfile: person
    .route({
      method: 'POST',
      path: '/sessions/{id}/profile',
      summary: 'My files are in use by another desktop of mine: end that one, or go on without them',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.idInput.extend({ choice: z.enum(['takeOver', 'without']) }))
    .output(s.sessionSchema),
  picture: person
    .route({
      method: 'GET',
      path: '/sessions/{id}/picture',
      summary: 'What the machine of my session shows now; an administrator sees any',
      description:
        'Kept nowhere; each is in the audit log. CONFLICT when it shows nothing. FORBIDDEN for another’s without their consent ' +
        '(`looks.ask`), and without `because`.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.pictureInput)
    .output(s.pictureSchema),
  restart: person
    .route({
      method: 'POST',
      path: '/sessions/{id}/restart',
      summary: 'Restarts the machine of my session, which hangs; the session stays',
      description:
        'A machine of one’s own shuts down and boots; `hard` switches it off at once. A pooled one is thrown away ' +
        'and a fresh one given; `hard` does not let its guest close what is open.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.idInput.extend({ how: s.restartHow.default('gently') }))
    .output(s.sessionSchema),
  disconnect: person
    .route({
      method: 'POST',
      path: '/sessions/{id}/disconnect',
      summary:
        'Sends away who looks at my session on another device, and tells it who did; the session goes on',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(s.idInput)
    .output(s.sessionSchema),
  end: person
    .route({ method: 'POST', path: '/sessions/{id}/end', summary: 'Logs off: the machine is thrown away' })
    .errors(missing)
    .input(s.idInput)
    .output(s.sessionSchema),
};
