import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type AuditContent,
  canonical,
  follow,
  genesis,
  hashOf,
  sealedText,
  type StoredEvent,
} from './chain.ts';

const macOf =
  (key: string) =>
  (text: Buffer): Buffer =>
    createHmac('sha256', key).update(text).digest();
const start = genesis('installation');

const content = (position: number, more: Partial<AuditContent> = {}): AuditContent => ({
  position,
  at: '2026-01-02T03:04:05.678901Z',
  tenantId: null,
  principalId: null,
  actor: 'Ada',
  action: 'pool.update',
  subjectKind: 'pool',
  subjectId: 'p',
  outcome: 'done',
  why: 'administrator',
  client: '10.0.0.1',
  detail: {},
  ...more,
});

function chainOf(count: number, key = 'key'): StoredEvent[] {
  let before = start.hash;
  return Array.from({ length: count }, (_, index) => {
    const event = content(index + 1);
    before = hashOf(before, event);
    const mac = macOf(key)(sealedText('event', { position: index + 1, hash: before }));
    return { ...event, hash: before, mac };
  });
}

describe('a chain of events', () => {
  it('is right from its beginning to its end, and from each link on', () => {
    const chain = chainOf(20);
    expect(follow(start, chain, macOf('key'))).toMatchObject({ head: { position: 20 }, fault: undefined });
    expect(follow(chain[9]!, chain.slice(10), macOf('key')).fault).toBeUndefined();
  });

  const FIELDS = {
    at: '2027-01-01T00:00:00.000000Z',
    tenantId: 't',
    principalId: 'p',
    actor: 'Eve',
    action: 'a',
    subjectKind: 'k',
    subjectId: 'i',
    outcome: 'o',
    why: null,
    client: null,
    detail: { a: 1 },
  } satisfies Partial<AuditContent>;

  it.each(Object.entries(FIELDS))('shows that somebody changed %s', (name, value) => {
    const chain = chainOf(5);
    chain[2] = { ...chain[2]!, [name]: value };
    expect(follow(start, chain, macOf('key'))).toMatchObject({
      head: { position: 2 },
      fault: { position: 3 },
    });
  });

  it('shows that an event was taken out, or two have changed places', () => {
    const [a, b, c] = chainOf(3) as [StoredEvent, StoredEvent, StoredEvent];
    expect(follow(start, [a, c], macOf('key')).fault).toMatchObject({ reason: 'events 2 to 2 are missing' });
    expect(follow(start, [b, a, c], macOf('key')).fault).toBeDefined();
    const swapped = [{ ...b, position: 1 }, { ...a, position: 2 }, c];
    expect(follow(start, swapped, macOf('key')).fault).toMatchObject({ position: 1 });
  });

  it('cannot be written anew by who has no key', () => {
    expect(follow(start, chainOf(3, 'another'), macOf('key')).fault).toMatchObject({
      position: 1,
      reason: 'it was not written by this installation',
    });
  });
});

it('is the same text however the members of details are ordered, and another for other details', () => {
  const one = canonical(content(1, { detail: { b: [{ y: 1, x: 2 }], a: null } }));
  const same = canonical(content(1, { detail: { a: null, b: [{ x: 2, y: 1 }] } }));
  expect(one).toBe(same);
  expect(canonical(content(1, { detail: { a: null, b: [{ x: 2, y: 2 }] } }))).not.toBe(one);
});
