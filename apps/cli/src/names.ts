import { OrangeryError } from '@orangery/std';
import type { Api } from './api.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a pool, told by its name or by the id itself. Throws `notFound`. */
export async function poolNamed(api: Pick<Api, 'pools'>, name: string): Promise<string> {
  return ID.test(name) ? name : one('pool', name, await api.pools.list(), (pool) => pool.name);
}

/** The id of a person, told by the e-mail address or by the id itself. Throws `notFound`. */
export async function userNamed(api: Pick<Api, 'users'>, name: string): Promise<string> {
  return ID.test(name) ? name : one('user', name, await api.users.list(), (user) => user.email ?? '');
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
