import { z } from 'zod';
import * as a from './applications.ts';
import { apiErrors } from './errors.ts';
import { creation, missing, person, withRight } from './operation.ts';
import { pageInput, pageOf } from './pages.ts';
import * as s from './schemas.ts';

/** Programs that are published on their own. */
export const applications = {
  mine: person
    .route({ method: 'GET', path: '/me/applications', summary: 'My applications, with live state' })
    .output(z.array(a.myApplicationSchema)),
  open: person
    .route({
      method: 'POST',
      path: '/applications/{id}/open',
      summary: 'Opens a program on its own: in my session of its pool, made if there is none',
      description:
        'A session that is made for it ends with its last window. A second application of the same pool opens in the ' +
        'same session; in a session that shows the whole desktop it is one window more.',
    })
    .errors({ ...missing, NO_CAPACITY: apiErrors.NO_CAPACITY, QUOTA_EXCEEDED: apiErrors.QUOTA_EXCEEDED })
    .input(s.idInput.extend({ locale: s.localeSchema.default({}) }))
    .output(s.sessionSchema),
  setFavourite: person
    .meta({ looks: true })
    .route({
      method: 'PUT',
      path: '/applications/{id}/favourite',
      summary: 'Puts an application first on my page, or no more',
    })
    .errors(missing)
    .input(s.favouriteInput)
    .output(z.object({ favourite: z.boolean() })),
  list: withRight
    .route({ method: 'GET', path: '/applications', summary: 'All published applications' })
    .output(z.array(a.applicationSchema)),
  programs: withRight
    .route({
      method: 'GET',
      path: '/pools/{id}/programs',
      summary: 'Programs that the machines of a pool offer',
      description: 'As their guest told when a template of the image version was made; none before that.',
    })
    .errors(missing)
    .input(s.idInput)
    .output(z.array(a.programSchema)),
  create: creation
    .route({ method: 'POST', path: '/applications', summary: 'Publishes a program of a pool' })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(a.applicationInput)
    .output(a.applicationSchema),
  update: withRight
    .route({ method: 'PATCH', path: '/applications/{id}', summary: 'Changes words and picture' })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(a.applicationUpdateInput)
    .output(a.applicationSchema),
  delete: withRight
    .route({
      method: 'DELETE',
      path: '/applications/{id}',
      summary: 'Takes an application back from everybody; what is open goes on until it is closed',
    })
    .errors(missing)
    .input(s.idInput)
    .output(a.applicationSchema),
  people: withRight
    .route({ method: 'GET', path: '/applications/{id}/people', summary: 'Who may open an application' })
    .errors(missing)
    .input(pageInput.extend(s.idInput.shape))
    .output(pageOf(a.applicationEntitlementSchema)),
  entitle: creation
    .route({
      method: 'POST',
      path: '/applications/{id}/people',
      summary: 'Lets a person or group open an application',
      description: 'Again is harmless, also at the same moment: it answers the one there is.',
    })
    .errors(missing)
    .input(s.idInput.extend({ principalId: z.uuid() }))
    .output(a.applicationEntitlementSchema),
  unentitle: withRight
    .route({
      method: 'DELETE',
      path: '/applications/entitlements/{id}',
      summary: 'Takes an application back from a person or group',
      description:
        'As with pools: who has no other way to it opens it no more, and who looks at it goes on until it is left or closed.',
    })
    .errors(missing)
    .input(s.idInput)
    .output(a.applicationEntitlementSchema),
};
