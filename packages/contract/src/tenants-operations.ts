import { z } from 'zod';
import { apiErrors } from './errors.ts';
import { creation, missing, withRight } from './operation.ts';
import { idInput } from './schemas.ts';
import * as t from './tenants.ts';

const conflict = { CONFLICT: apiErrors.CONFLICT };
const change = { ...missing, ...conflict };

/** Departments, schools or customers: nothing of one is seen by another. For operators. */
export const tenants = {
  list: withRight
    .route({ method: 'GET', path: '/tenants', summary: 'All tenants, with what they have' })
    .output(z.array(t.tenantSchema)),
  show: withRight
    .route({ method: 'GET', path: '/tenants/{id}', summary: 'One tenant' })
    .errors(missing)
    .input(idInput)
    .output(t.tenantSchema),
  create: creation
    .route({
      method: 'POST',
      path: '/tenants',
      summary: 'Makes a tenant',
      description: 'CONFLICT where there is one of this name, also in other letters’ case.',
    })
    .errors(conflict)
    .input(t.tenantInput)
    .output(t.tenantSchema),
  rename: withRight
    .route({ method: 'PATCH', path: '/tenants/{id}', summary: 'Gives a tenant another name' })
    .errors(change)
    .input(t.tenantUpdateInput)
    .output(t.tenantSchema),
  suspend: withRight
    .route({
      method: 'POST',
      path: '/tenants/{id}/suspend',
      summary: 'Nobody of it signs in or opens anything; what it has stays',
      description:
        'Its people are signed out everywhere, which ends what they look at; their sessions go on until they time out. No ' +
        'machines are kept ready for it. CONFLICT for a tenant in which an operator is.',
    })
    .errors(change)
    .input(t.suspendInput)
    .output(t.tenantSchema),
  resume: withRight
    .route({ method: 'POST', path: '/tenants/{id}/resume', summary: 'Lets a suspended tenant go on' })
    .errors(missing)
    .input(idInput)
    .output(t.tenantSchema),
  delete: withRight
    .route({
      method: 'DELETE',
      path: '/tenants/{id}',
      summary: 'Deletes a tenant that is empty',
      description: 'CONFLICT tells what is in it, and for the last one there is.',
    })
    .errors(change)
    .input(idInput)
    .output(t.tenantSchema),
};

/** How much there may be of what: of the tenant, of a group, of a person. */
export const quotas = {
  list: withRight
    .route({
      method: 'GET',
      path: '/quotas',
      summary: 'The tenant’s quotas, with what is used',
      description:
        'The tenant’s own first, then that of each person, groups’ and people’s by name. At most 2000.',
    })
    .output(z.array(t.quotaSchema)),
  set: withRight
    .route({
      method: 'PUT',
      path: '/quotas',
      summary: 'Limits a group, a person, each person, or (operators) the whole tenant',
      description:
        'It counts from the next request on; what is there already stays, also where it is more than the quota allows.',
    })
    .errors(missing)
    .input(t.quotaInput)
    .output(t.quotaSchema),
  remove: withRight
    .route({ method: 'DELETE', path: '/quotas/{id}', summary: 'A quota limits no more' })
    .errors(missing)
    .input(idInput)
    .output(t.quotaSchema),
};
