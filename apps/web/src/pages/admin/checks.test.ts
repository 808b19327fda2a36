import { expect, test } from 'vitest';
import { checksOf, type Facts } from './checks.ts';

const at = '2026-01-01T00:00:00Z';
const id = '00000000-0000-4000-8000-000000000000';
const calm: Facts = {
  status: { version: '1', installationId: id, setupNeeded: false, stopped: false, steps: [] },
  hosts: [
    {
      id,
      name: 'h1',
      address: 'local',
      phase: 'ready',
      reason: null,
      seenAt: at,
      facts: null,
      storage: null,
      shareMemory: null,
      load: null,
      starts: { max: 2, reason: '' },
    },
  ],
  images: [],
  templates: [],
  pools: [],
  sessions: [],
  quarantine: [],
  loops: [{ loop: 'hosts', key: id, outcome: 'settled', detail: '', at }],
};
const verdicts = (facts: Partial<Facts>): Record<string, string> =>
  Object.fromEntries(checksOf({ ...calm, ...facts }).map(({ name, verdict }) => [name, verdict]));

test('a new installation is busy, not broken', () => {
  expect(verdicts({})).toMatchObject({ Hosts: 'good', Images: 'busy', Pools: 'busy', Loops: 'good' });
});

test('a host that is away is said with its reason', () => {
  const [host] = calm.hosts ?? [];
  if (host === undefined) throw new Error('there is one');
  const [check] = checksOf({ ...calm, hosts: [{ ...host, phase: 'unreachable', reason: 'no route' }] });
  expect(check).toMatchObject({
    verdict: 'bad',
    says: '0 of 1 ready',
    reasons: ['h1 is unreachable: no route'],
  });
});

test('no host at all, a failing loop and quarantine need somebody', () => {
  const facts: Partial<Facts> = {
    hosts: [],
    loops: [{ loop: 'machines', key: id, outcome: 'failed', detail: 'disk full', at }],
    quarantine: [{ id, host: 'h1', kind: 'volume', name: 'v', foundAt: at }],
  };
  expect(verdicts(facts)).toMatchObject({ Hosts: 'bad', Loops: 'bad', Quarantine: 'bad' });
});
