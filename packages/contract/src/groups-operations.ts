import { apiErrors } from './errors.ts';
import * as g from './groups.ts';
import { creation, missing, withRight } from './operation.ts';
import { pageOf } from './pages.ts';
import { idInput } from './schemas.ts';

const change = { ...missing, CONFLICT: apiErrors.CONFLICT };

/** Groups of people. They are let in to pools and applications as people are, by `principalId`. */
export const groups = {
  list: withRight
    .route({ method: 'GET', path: '/groups', summary: 'Groups by name' })
    .input(g.groupsInput)
    .output(pageOf(g.groupSchema)),
  show: withRight
    .route({ method: 'GET', path: '/groups/{id}', summary: 'One group' })
    .errors(missing)
    .input(idInput)
    .output(g.groupSchema),
  create: creation
    .route({
      method: 'POST',
      path: '/groups',
      summary: 'Makes a group',
      description: 'CONFLICT where there is one of this name, also in other letters’ case.',
    })
    .errors({ CONFLICT: apiErrors.CONFLICT })
    .input(g.groupInput)
    .output(g.groupSchema),
  rename: withRight
    .route({
      method: 'PATCH',
      path: '/groups/{id}',
      summary: 'Gives a group another name',
      description:
        'What it may use stays. CONFLICT for a name that is taken, and for a group of a directory.',
    })
    .errors(change)
    .input(g.groupUpdateInput)
    .output(g.groupSchema),
  delete: withRight
    .route({
      method: 'DELETE',
      path: '/groups/{id}',
      summary: 'Deletes a group; its people stay',
      description:
        'Who has no other way to what it may use loses that, as by taking an entitlement back; `losses` tells who ' +
        'before. CONFLICT for a group of a directory.',
    })
    .errors(change)
    .input(idInput)
    .output(g.groupSchema),
  losses: withRight
    .route({
      method: 'GET',
      path: '/groups/{id}/losses',
      summary: 'Who would lose what, if the group were deleted or one member taken out of it',
      description: 'Administrators lose nothing, nor does who has another way.',
    })
    .errors(missing)
    .input(g.groupLossesInput)
    .output(g.groupLossesSchema),
  access: withRight
    .route({ method: 'GET', path: '/groups/{id}/access', summary: 'What a group may use' })
    .errors(missing)
    .input(idInput)
    .output(g.groupAccessSchema),
  members: withRight
    .route({
      method: 'GET',
      path: '/groups/{id}/members',
      summary: 'Who is in a group, by name',
    })
    .errors(missing)
    .input(g.groupMembersInput)
    .output(pageOf(g.groupMemberSchema)),
  addMember: withRight
    .route({
      method: 'PUT',
      path: '/groups/{id}/members/{personId}',
      summary: 'Puts a person into a group',
      description:
        'What it may use, they may from now on. Again is harmless, also at the same moment. CONFLICT for a group of a ' +
        'directory.',
    })
    .errors(change)
    .input(g.groupMemberInput)
    .output(g.groupMemberSchema),
  addMembers: withRight
    .route({
      method: 'POST',
      path: '/groups/{id}/members',
      summary: 'Puts many people into a group, by their e-mail addresses',
      description: 'All that there are; those that there are not are answered. Again is harmless.',
    })
    .errors(change)
    .input(g.groupManyInput)
    .output(g.groupManySchema),
  removeMember: withRight
    .route({
      method: 'DELETE',
      path: '/groups/{id}/members/{personId}',
      summary: 'Takes a person out of a group',
      description:
        'Acts on what they have no other way to as taking an entitlement back does. The second time answers NOT_FOUND. ' +
        'CONFLICT for a group of a directory.',
    })
    .errors(change)
    .input(g.groupMemberInput)
    .output(g.groupMemberSchema),
};
