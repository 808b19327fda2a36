import { allOf } from '@orangery/contract';
import { OrangeryError } from '@orangery/std';
import type { Api } from './api.ts';

export const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a pool, told by its name or by the id itself. Throws `notFound`. */
export async function poolNamed(api: Pick<Api, 'pools'>, name: string): Promise<string> {
  return ID.test(name) ? name : one('pool', name, await api.pools.list(), (pool) => pool.name);
}

/** The id of a person, told by the e-mail address or by the id itself. Throws `notFound`. */
export async function userNamed(api: Pick<Api, 'users'>, name: string): Promise<string> {
  return ID.test(name)
    ? name
    : one(
        'user',
        name,
        await allOf((page) => api.users.list({ search: name, ...page })),
        (user) => user.email ?? '',
      );
}

/** The id of a tenant, told by its name or by the id itself. Throws `notFound`. */
export async function tenantNamed(api: Pick<Api, 'tenants'>, name: string): Promise<string> {
  return ID.test(name) ? name : one('tenant', name, await api.tenants.list(), (tenant) => tenant.name);
}

/** The id of a group, told by its name or by the id itself. Throws `notFound`. */
export async function groupNamed(api: Pick<Api, 'groups'>, name: string): Promise<string> {
  return ID.test(name)
    ? name
    : one(
        'group',
        name,
        await allOf((page) => api.groups.list({ search: name, ...page })),
        (group) => group.name,
      );
}

/** The id of a directory, told by its name or by the id itself. Throws `notFound`. */
export async function directoryNamed(api: Pick<Api, 'directories'>, name: string): Promise<string> {
  return ID.test(name) ? name : one('directory', name, await api.directories.list(), (each) => each.name);
}

/** The id of a person, told by the e-mail address, or of a group, told by its name; or the id itself. Throws `notFound`. */
export async function principalNamed(api: Pick<Api, 'users' | 'groups'>, name: string): Promise<string> {
  if (ID.test(name)) return name;
  const people = await allOf((page) => api.users.list({ search: name, ...page }));
  const person = people.find(({ email }) => email?.toLowerCase() === name.toLowerCase());
  if (person !== undefined) return person.id;
  const groups = await allOf((page) => api.groups.list({ search: name, ...page }));
  const group = groups.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (group !== undefined) return group.id;
  throw new OrangeryError(
    'notFound',
    `There is no person with the e-mail address "${name}", and no group of that name`,
    {
      fix: 'See all: ./orangery user list, ./orangery group list',
    },
  );
}

/** The id of an application, told by its name or by the id itself. Throws `notFound`. */
export async function applicationNamed(api: Pick<Api, 'applications'>, name: string): Promise<string> {
  return ID.test(name) ? name : one('application', name, await api.applications.list(), (each) => each.name);
}

function one<T extends { id: string }>(
  noun: string,
  name: string,
  all: readonly T[],
  nameOf: (each: T) => string,
): string {
  const found = all.find((each) => nameOf(each).toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found.id;
  throw new OrangeryError('notFound', `There is no ${noun} "${name}"`, {
    fix: `See all: ./orangery ${noun} list`,
  });
}
