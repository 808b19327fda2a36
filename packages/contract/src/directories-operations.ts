import { z } from 'zod';
import * as d from './directories.ts';
import { apiErrors } from './errors.ts';
import { creation, missing, withRight } from './operation.ts';
import { groupSchema } from './groups.ts';
import { idInput } from './schemas.ts';

const conflict = { CONFLICT: apiErrors.CONFLICT };
const change = { ...missing, ...conflict };

/** Where people and groups come from that are not made here. */
export const directories = {
  list: withRight
    .route({ method: 'GET', path: '/directories', summary: 'Directories, in the order they are asked' })
    .output(z.array(d.directorySchema)),
  show: withRight
    .route({ method: 'GET', path: '/directories/{id}', summary: 'One directory' })
    .errors(missing)
    .input(idInput)
    .output(d.directorySchema),
  create: creation
    .route({
      method: 'POST',
      path: '/directories',
      summary: 'Adds a directory',
      description: 'Nothing is asked of it yet: `test` does. CONFLICT where there is one of this name.',
    })
    .errors(conflict)
    .input(d.directoryInput)
    .output(d.directorySchema),
  update: withRight
    .route({
      method: 'PUT',
      path: '/directories/{id}',
      summary: 'Changes a directory; one that is turned off signs its people out',
      description: 'CONFLICT for another kind, and where other servers or another account need their secret.',
    })
    .errors(change)
    .input(d.directoryUpdateInput)
    .output(d.directorySchema),
  remove: withRight
    .route({
      method: 'DELETE',
      path: '/directories/{id}',
      summary: 'Takes a directory away',
      description:
        'Its people are signed out and cannot come back; their files and machines stay, and are theirs again once a ' +
        'directory of the same name has them. Its groups go, as deleted ones do.',
    })
    .errors(missing)
    .input(idInput)
    .output(d.directorySchema),
  test: withRight
    .meta({ looks: true })
    .route({
      method: 'POST',
      path: '/directories/test',
      summary: 'Looks into a directory as it is, or as it would be, step by step',
    })
    .errors(change)
    .input(d.directoryTestInput)
    .output(d.directoryTestSchema),
  findGroups: withRight
    .route({
      method: 'GET',
      path: '/directories/{id}/groups',
      summary: 'Groups that the directory has now, with the text in their name',
      description:
        'At most 100. OpenID Connect has no list: those that were chosen are told. CONFLICT tells why it cannot be asked.',
    })
    .errors(change)
    .input(d.directoryGroupsInput)
    .output(z.array(d.directoryGroupSchema)),
  addGroup: withRight
    .route({
      method: 'POST',
      path: '/directories/{id}/groups',
      summary: 'Takes a group in, so that it can be let in to pools and applications',
      description:
        'Its members are those of the directory, also through groups in it. Again answers the one there is.',
    })
    .errors(change)
    .input(d.directoryGroupInput)
    .output(groupSchema),
  removeGroup: withRight
    .route({
      method: 'DELETE',
      path: '/directories/{id}/groups/{groupId}',
      summary:
        'Takes a group out again, with what it was let in to; `groups.losses` tells who would lose what',
    })
    .errors(missing)
    .input(d.directoryGroupRemoveInput)
    .output(groupSchema),
};
