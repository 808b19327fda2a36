import { type Access, type OperationMeta, type Right, type Role } from '@orangery/contract';
import { ALL_RIGHTS, rightsIn } from '@orangery/control';
import { expect, it } from 'vitest';
import type { Actor } from './actor.ts';
import { refusalOf } from './may.ts';

type Person = Extract<Actor, { kind: 'person' }>;
const person = (roles: Role[], by: Person['by']): Actor => ({
  kind: 'person',
  id: 'p',
  tenantId: 't',
  name: 'Ada',
  email: 'ada@x.org',
  userId: 'u',
  roles,
  suspended: undefined,
  by,
});
const browser = { kind: 'signIn', id: 's' } as const;
const key = (scope: 'read' | 'all') => ({ kind: 'apiKey', id: 'k', name: 'n', scope }) as const;
const actors = {
  nobody: { kind: 'nobody' },
  machine: { kind: 'operator', name: 'operator' },
  person: person([], browser),
  helpdesk: person(['helpdesk'], browser),
  administrator: person(['administrator'], browser),
  operator: person(['operator'], browser),
  readKey: person(['administrator'], key('read')),
  allKey: person(['administrator'], key('all')),
  personKey: person([], key('all')),
} satisfies Record<string, Actor>;

const all = Object.keys(actors) as (keyof typeof actors)[];
const rightsOf = (actor: Actor): ReadonlySet<Right> =>
  actor.kind === 'person' ? rightsIn(actor.roles, true) : actor.kind === 'operator' ? ALL_RIGHTS : new Set();
const letIn = (
  access: Access | undefined,
  meta: OperationMeta,
  method: string,
  suspended?: string,
): string[] =>
  all.filter((name) => {
    const scope = { rights: rightsOf(actors[name]), suspended };
    return refusalOf(actors[name], scope, access, meta, method) === undefined;
  });

it.each([
  ['anyone’s', 'anyone', {}, 'POST', all],
  ['a person’s look', 'person', {}, 'GET', all.filter((name) => name !== 'nobody')],
  ['a person’s act', 'person', {}, 'POST', all.filter((name) => !['nobody', 'readKey'].includes(name))],
  [
    'what one does in person',
    'person',
    { inPerson: true },
    'GET',
    ['machine', 'person', 'helpdesk', 'administrator', 'operator'],
  ],
  [
    'a look by right',
    'sessions.look',
    {},
    'GET',
    ['machine', 'helpdesk', 'administrator', 'operator', 'readKey', 'allKey'],
  ],
  ['an act by right', 'pools.change', {}, 'DELETE', ['machine', 'administrator', 'allKey']],
  ['what is the installation’s', 'installation', {}, 'GET', ['machine', 'operator']],
  ['what has no row', undefined, {}, 'GET', []],
] as const)('%s is open to those whom it names alone', (_, access, meta, method, who) => {
  expect(letIn(access, meta, method)).toEqual([...who]);
});

it('who is of a suspended tenant may do nothing but what anyone may', () => {
  expect(letIn('person', {}, 'GET', 'suspended')).toEqual([]);
  expect(letIn('anyone', {}, 'GET', 'suspended')).toEqual(all);
});
