import {
  chosenGroups,
  createDirectory,
  type Directory,
  findDirectory,
  isLdap,
  listDirectories,
  removeDirectory,
  removeDirectoryGroup,
  secretFor,
  takeGroupIn,
  updateDirectory,
} from '@orangery/control';
import type { DirectorySettings } from '@orangery/contract';
import { codeOf, messageOf } from '@orangery/std';
import { examine } from '../directories/examine.ts';
import { parseFilter } from '../directories/filters.ts';
import { api, audit, tenantOf } from './base.ts';
import type { ApiContext } from './context.ts';

type Errors = { NOT_FOUND: () => Error; CONFLICT: (options: { message: string }) => Error };
const SECRET_MISSING = 'For other servers, another account or another authority, give the password anew.';

async function found(context: ApiContext, id: string, errors: Pick<Errors, 'NOT_FOUND'>): Promise<Directory> {
  const directory = await findDirectory(context.control, { id });
  if (directory === undefined) throw errors.NOT_FOUND();
  return directory;
}

async function show(context: ApiContext, id: string, errors: Pick<Errors, 'NOT_FOUND'>) {
  const [shown] = await listDirectories(context.control, { id });
  if (shown === undefined) throw errors.NOT_FOUND();
  return shown;
}

/** What the audit log is told: which directory, and how it is asked. No authority's text, which is long. */
const told = (name: string, settings: DirectorySettings) => ({ name, settings: { ...settings, ca: '' } });

/** A filter that is none would fail at each sign-in. */
function requireFilter(settings: DirectorySettings, errors: Pick<Errors, 'CONFLICT'>): void {
  if (settings.kind === 'openIdConnect' || settings.peopleFilter === '') return;
  try {
    parseFilter(settings.peopleFilter);
  } catch (error) {
    throw errors.CONFLICT({
      message: `“${settings.peopleFilter}” is no filter of LDAP: ${messageOf(error)}. As in (memberOf=cn=staff,dc=example,dc=org)`,
    });
  }
}

/** What a directory that is asked now answers; a CONFLICT tells why it cannot be. */
async function asking<T>(errors: Pick<Errors, 'CONFLICT'>, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (codeOf(error) !== 'directoryUnreachable') throw error;
    throw errors.CONFLICT({ message: messageOf(error) });
  }
}

const subject = (id: string) => ({ kind: 'directory', id });

export const directories = {
  list: api.directories.list.handler(({ context }) =>
    listDirectories(context.control, { tenantId: tenantOf(context) }),
  ),
  show: api.directories.show.handler(({ context, input, errors }) => show(context, input.id, errors)),

  create: api.directories.create.handler(async ({ context, input, errors }) => {
    requireFilter(input.settings, errors);
    const made = await createDirectory(context.control, tenantOf(context), input);
    if (made.kind === 'taken')
      throw errors.CONFLICT({ message: `There is a directory called “${input.name}” already.` });
    if (made.kind === 'secretMissing')
      throw errors.CONFLICT({ message: 'Give the password of its account.' });
    await audit(context, 'directory.create', subject(made.id), 'done', told(input.name, input.settings));
    const [shown] = await listDirectories(context.control, { id: made.id });
    if (shown === undefined) throw errors.CONFLICT({ message: 'Somebody has taken it away again.' });
    return shown;
  }),

  update: api.directories.update.handler(async ({ context, input, errors }) => {
    requireFilter(input.settings, errors);
    const before = await found(context, input.id, errors);
    const updated = await updateDirectory(context.control, before, input);
    if (updated.kind === 'otherKind')
      throw errors.CONFLICT({ message: 'A directory of another kind is another one: add it.' });
    if (updated.kind === 'secretMissing') throw errors.CONFLICT({ message: SECRET_MISSING });
    await audit(context, 'directory.update', subject(input.id), 'done', {
      ...told(before.name, input.settings),
      enabled: input.enabled,
      ended: updated.ended,
    });
    return show(context, input.id, errors);
  }),

  remove: api.directories.remove.handler(async ({ context, input, errors }) => {
    const shown = await show(context, input.id, errors);
    const removed = await removeDirectory(context.control, shown);
    if (removed === undefined) throw errors.NOT_FOUND();
    await audit(context, 'directory.remove', subject(input.id), 'done', {
      ...told(shown.name, shown.settings),
      ended: removed.ended,
      groups: removed.groups.map(({ name }) => name),
    });
    return shown;
  }),

  test: api.directories.test.handler(async ({ context, input, errors }) => {
    requireFilter(input.settings, errors);
    const before = input.id === undefined ? undefined : await found(context, input.id, errors);
    const secret = secretFor(before, input.settings, input.secret);
    if (secret === undefined)
      throw errors.CONFLICT({
        message: before === undefined ? 'Give the password of its account.' : SECRET_MISSING,
      });
    const { providers, control } = context;
    return examine(input.settings, secret, input.login, { providers, now: () => control.clock.now() });
  }),

  findGroups: api.directories.findGroups.handler(async ({ context, input, errors }) => {
    const directory = await found(context, input.id, errors);
    const chosen = await chosenGroups(context.control, directory.name);
    const search = input.search ?? '';
    if (!isLdap(directory)) {
      return chosen
        .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
        .map(({ id: groupId, name, externalId: id }) => ({ id, name, place: id, groupId }));
    }
    const here = new Map(chosen.map(({ id, externalId }) => [externalId, id]));
    const there = await asking(errors, () =>
      withConnection(context, directory, (it) => it.searchGroups(search)),
    );
    return there.map((group) => ({ ...group, groupId: here.get(group.id) ?? null }));
  }),

  addGroup: api.directories.addGroup.handler(async ({ context, input, errors }) => {
    const directory = await found(context, input.id, errors);
    const group = isLdap(directory)
      ? await asking(errors, () => withConnection(context, directory, (it) => it.getGroup(input.external)))
      : { id: input.external, name: input.name ?? input.external };
    if (group === undefined) throw errors.NOT_FOUND();
    const made = await takeGroupIn(context.control, directory, group);
    if (made === 'taken')
      throw errors.CONFLICT({ message: `There is a group called “${group.name}” already: rename that one.` });
    await audit(context, 'directory.addGroup', { kind: 'group', id: made.id }, 'done', {
      name: made.name,
      directory: directory.name,
    });
    // Whoever is known here already is put into it.
    context.nudgeAll();
    return made;
  }),

  removeGroup: api.directories.removeGroup.handler(async ({ context, input, errors }) => {
    const directory = await found(context, input.id, errors);
    const group = await removeDirectoryGroup(context.control, directory, input.groupId);
    if (group === undefined) throw errors.NOT_FOUND();
    await audit(context, 'directory.removeGroup', { kind: 'group', id: group.id }, 'done', {
      name: group.name,
      directory: directory.name,
    });
    return group;
  }),
};

async function withConnection<T>(
  { control }: ApiContext,
  directory: Directory & { settings: Parameters<typeof control.openDirectory>[0] },
  act: (connection: Awaited<ReturnType<typeof control.openDirectory>>) => Promise<T>,
): Promise<T> {
  const connection = await control.openDirectory(directory.settings, directory.secret);
  try {
    return await act(connection);
  } finally {
    await connection.close();
  }
}
