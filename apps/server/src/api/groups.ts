import {
  accessOfGroup,
  addMember,
  addMembers,
  type Changed,
  createGroup,
  deleteGroup,
  findGroup,
  findMember,
  type Group,
  type GroupMember,
  listGroups,
  listMembers,
  lossesOf,
  removeMember,
  renameGroup,
} from '@orangery/control';
import { api, audit, tenantOf } from './base.ts';
import type { ApiContext } from './context.ts';

type Errors = {
  NOT_FOUND: () => Error;
  CONFLICT: (options: { message: string }) => Error;
};

/** What was changed; throws what the contract says of the rest. */
function done<T>(changed: Changed<T>, name: string, errors: Errors): T {
  if (changed.kind === 'done') return changed.value;
  if (changed.kind === 'missing') throw errors.NOT_FOUND();
  throw errors.CONFLICT({
    message:
      changed.kind === 'taken'
        ? `There is a group called “${name}” already: choose another name.`
        : `This group is read from the directory “${changed.source}”: change it there.`,
  });
}

function record(
  context: ApiContext,
  action: string,
  group: Pick<Group, 'id'>,
  detail: object,
): Promise<void> {
  return audit(context, action, { kind: 'group', id: group.id }, 'done', detail);
}

const recordMember = (
  context: ApiContext,
  action: string,
  groupId: string,
  { id: principalId, name }: GroupMember,
): Promise<void> => record(context, action, { id: groupId }, { principalId, name });

export const groups = {
  list: api.groups.list.handler(({ context, input }) =>
    listGroups(context.control, tenantOf(context), input),
  ),

  show: api.groups.show.handler(async ({ context, input, errors }) => {
    const group = await findGroup(context.control, input.id);
    if (group === undefined) throw errors.NOT_FOUND();
    return group;
  }),

  create: api.groups.create.handler(async ({ context, input, errors }) => {
    const made = await createGroup(context.control, tenantOf(context), input.name);
    if (made.kind !== 'done')
      throw errors.CONFLICT({
        message: `There is a group called “${input.name}” already: choose another name.`,
      });
    await record(context, 'group.create', made.value, { name: input.name });
    return made.value;
  }),

  rename: api.groups.rename.handler(async ({ context, input, errors }) => {
    const group = done(await renameGroup(context.control, input.id, input.name), input.name, errors);
    await record(context, 'group.rename', group, { name: input.name });
    return group;
  }),

  delete: api.groups.delete.handler(async ({ context, input, errors }) => {
    // Told in the log, as nothing tells it afterwards.
    const losses = await lossesOf(context.control, input.id);
    const group = done(await deleteGroup(context.control, input.id), '', errors);
    const { name, members } = group;
    await record(context, 'group.delete', group, { name, members, losers: losses.count });
    return group;
  }),

  losses: api.groups.losses.handler(async ({ context, input, errors }) => {
    const { id, personId } = input;
    const there =
      personId === undefined
        ? await findGroup(context.control, id)
        : await findMember(context.control, id, personId);
    if (there === undefined) throw errors.NOT_FOUND();
    return lossesOf(context.control, id, personId);
  }),

  access: api.groups.access.handler(async ({ context, input, errors }) => {
    if ((await findGroup(context.control, input.id)) === undefined) throw errors.NOT_FOUND();
    return accessOfGroup(context.control, input.id);
  }),

  members: api.groups.members.handler(async ({ context, input, errors }) => {
    if ((await findGroup(context.control, input.id)) === undefined) throw errors.NOT_FOUND();
    return listMembers(context.control, input);
  }),

  addMember: api.groups.addMember.handler(async ({ context, input, errors }) => {
    const { id: groupId, personId } = input;
    const member = done(await addMember(context.control, { groupId, personId }), '', errors);
    await recordMember(context, 'group.addMember', groupId, member);
    return member;
  }),

  addMembers: api.groups.addMembers.handler(async ({ context, input, errors }) => {
    const { id: groupId, emails } = input;
    const many = done(await addMembers(context.control, { groupId, emails }), '', errors);
    await record(context, 'group.addMembers', { id: groupId }, { added: many.added, emails });
    return many;
  }),

  removeMember: api.groups.removeMember.handler(async ({ context, input, errors }) => {
    const { id: groupId, personId } = input;
    const member = done(await removeMember(context.control, { groupId, personId }), '', errors);
    await recordMember(context, 'group.removeMember', groupId, member);
    return member;
  }),
};
