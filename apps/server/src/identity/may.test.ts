import { expect, it } from 'vitest';
import type { Actor } from './actor.ts';
import { refusalOf } from './may.ts';

type Person = Extract<Actor, { kind: 'person' }>;
const person = (role: Person['role'], by: Person['by']): Actor => ({
  kind: 'person',
  id: 'p',
  tenantId: 't',
  name: 'Ada',
  email: 'ada@x.org',
  userId: 'u',
  role,
  by,
});
const browser = { kind: 'signIn', id: 's' } as const;
const key = (scope: 'read' | 'all') => ({ kind: 'apiKey', id: 'k', name: 'n', scope }) as const;
const actors = {
  nobody: { kind: 'nobody' },
  operator: { kind: 'operator', name: 'operator' },
  person: person('person', browser),
  administrator: person('administrator', browser),
  readKey: person('administrator', key('read')),
  allKey: person('administrator', key('all')),
  personKey: person('person', key('all')),
} satisfies Record<string, Actor>;

const all = Object.keys(actors) as (keyof typeof actors)[];
const letIn = (...args: [Parameters<typeof refusalOf>[1], string]): string[] =>
  all.filter((name) => refusalOf(actors[name], ...args) === undefined);

it.each([
  ['anyone’s', { access: 'anyone' }, 'POST', all],
  ['a person’s look', { access: 'person' }, 'GET', all.filter((name) => name !== 'nobody')],
  [
    'a person’s act',
    { access: 'person' },
    'POST',
    all.filter((name) => !['nobody', 'readKey'].includes(name)),
  ],
  [
    'what one does in person',
    { access: 'person', inPerson: true },
    'GET',
    ['operator', 'person', 'administrator'],
  ],
  [
    'an administrator’s look',
    { access: 'administrator' },
    'GET',
    ['operator', 'administrator', 'readKey', 'allKey'],
  ],
  ['an administrator’s act', { access: 'administrator' }, 'DELETE', ['operator', 'administrator', 'allKey']],
  ['what nobody has marked', {}, 'GET', []],
] as const)('%s is open to those whom it names alone', (_, meta, method, who) => {
  expect(letIn(meta, method)).toEqual([...who]);
});
