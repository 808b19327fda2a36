import { accessOf, rightsOfRole, type Right, roles, topicOperations, topics } from '@orangery/contract';
import { describe, expect, it } from 'vitest';
import { changeOf, changesRights, type Follower, type LiveChange, toldOf, topicsOf } from './policy.ts';

const person = (rights: readonly Right[] = [], more: Partial<Follower> = {}): Follower => ({
  personId: 'ada',
  homeId: 'school',
  tenantId: 'school',
  rights: new Set(rights),
  ...more,
});
const change = (
  kind: LiveChange['kind'],
  tenantId: string | null,
  personId: string | null = null,
): LiveChange => ({ kind, tenantId, personId });

describe('a person without roles', () => {
  it('is told of what is their own, and of nobody else’s', () => {
    const { personId } = person();
    expect(toldOf(change('session', 'school', personId), person())).toEqual(['sessions', 'desktops']);
    expect(toldOf(change('session', 'school', 'bob'), person())).toEqual([]);
    expect(toldOf(change('machine', 'school', 'bob'), person())).toEqual([]);
    expect(toldOf(change('sign_in', 'school', 'bob'), person())).toEqual([]);
    expect(toldOf(change('principal', 'school', 'bob'), person())).toEqual([]);
  });

  it('is told of what everybody’s desktops hang on, in their tenant alone', () => {
    expect(toldOf(change('pool', 'school'), person())).toEqual(['desktops']);
    expect(toldOf(change('template', null), person())).toEqual(['desktops']);
    expect(toldOf(change('pool', 'other'), person())).toEqual([]);
    expect(toldOf(change('free_machine', 'school'), person())).toEqual([]);
    expect(toldOf(change('host', null), person())).toEqual([]);
  });
});

describe('who has a role', () => {
  it('is told of all that its operations show, in the tenant that they look into', () => {
    for (const role of roles) {
      const follower = person(rightsOfRole[role]);
      for (const kind of ['session', 'machine', 'pool', 'principal', 'audit_event', 'quota'] as const) {
        const told = toldOf(change(kind, 'other', 'zoe'), follower);
        const ofAll = role === 'operator' ? ['audit', 'directories', 'tenants'] : [];
        expect([role, kind, told.filter((topic) => !ofAll.includes(topic))]).toEqual([role, kind, []]);
        for (const topic of toldOf(change(kind, 'school', 'bob'), follower)) {
          const may = accessOf(topicOperations[topic].split('.'))?.may;
          const right = topic === 'sessions' ? 'sessions.look' : may;
          expect([role, topic, rightsOfRole[role].some((each) => each === right)]).toEqual([
            role,
            topic,
            true,
          ]);
        }
      }
    }
    expect(toldOf(change('session', 'school', 'bob'), person(['sessions.look']))).toEqual(['sessions']);
    expect(toldOf(change('machine', 'school', 'bob'), person(['machines.look']))).toEqual(['machines']);
    expect(toldOf(change('host', null), person(['installation']))).toEqual(['hosts', 'storage']);
    expect(toldOf(change('image_version', null), person(['images.look']))).toContain('images');
  });

  it('is told there of no person’s own things, and at home of their own', () => {
    const elsewhere = person(rightsOfRole.operator, { tenantId: 'other' });
    expect(toldOf(change('machine', 'other', 'zoe'), elsewhere)).not.toContain('desktops');
    expect(toldOf(change('pool', 'school'), elsewhere)).toEqual(['desktops']);
    expect(toldOf(change('session', 'school', 'ada'), elsewhere)).toEqual(['sessions', 'desktops']);
    expect(toldOf(change('session', 'school', 'bob'), elsewhere)).toEqual([]);
  });
});

it('a change of one’s own roles or tenant changes what one may see', () => {
  expect(changesRights(change('principal', 'school', 'ada'), person())).toBe(true);
  expect(changesRights(change('tenant', 'school'), person())).toBe(true);
  expect(changesRights(change('principal', 'school', 'bob'), person())).toBe(false);
  expect(changesRights(change('tenant', 'other'), person())).toBe(false);
  expect(changesRights(change('principal', 'school'), person([], { personId: null }))).toBe(false);
});

it('each topic is somebody’s, and a person’s are those that anybody has', () => {
  const all = new Set(roles.flatMap((role) => topicsOf(person(rightsOfRole[role]))));
  expect(topics.filter((topic) => !all.has(topic))).toEqual([]);
  expect(topicsOf(person())).toEqual(['desktops', 'looks', 'me', 'messages', 'sessions', 'signIns']);
});

it('a notice that is not understood tells nobody of anything', () => {
  expect(changeOf('session:a:b')).toEqual(change('session', 'a', 'b'));
  expect(changeOf('host::')).toEqual(change('host', null));
  for (const strange of ['', ':', 'nothing:a:b', 'toString:a:b', '__proto__::'])
    expect(changeOf(strange)).toBeUndefined();
});
