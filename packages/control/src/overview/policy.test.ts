import { describe, expect, it } from 'vitest';
import type { Facts, PoolFacts } from './facts.ts';
import { decideOverview } from './policy.ts';

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;
const NOW = 1_800_000_000_000;
const id = '00000000-0000-4000-8000-000000000000';

const pool: PoolFacts = {
  id,
  title: 'Office',
  kind: 'pooled',
  ready: 2,
  starting: 0,
  inUse: 5,
  machines: 7,
  readyCount: 2,
  machinesMax: 10,
  closed: false,
  look: null,
  rolloutStopped: null,
  failures: null,
  maintenanceFailed: 0,
};
const calm: Required<Facts> = {
  nowMs: NOW,
  stopped: false,
  server: {
    disk: { capacityBytes: 500 * GIB, freeBytes: 300 * GIB },
    certificate: { endsMs: NOW + 200 * DAY_MS, own: true },
  },
  hosts: [{ id, name: 'h1', phase: 'ready', reason: null, emulated: false }],
  storage: [{ id, host: 'h1', capacityBytes: 100 * GIB, availableBytes: 60 * GIB }],
  images: [{ id, title: 'Debian', version: 3, phase: 'ready', reason: null, again: false }],
  templates: [{ id, image: 'Debian', host: 'h1', phase: 'ready', reason: null }],
  pools: [pool],
  failed: [],
  sessions: { connected: 4, disconnected: 1, waiting: [] },
  passwordAlone: [],
  quarantine: [],
  loops: [],
  mail: { setUp: true, waiting: 0, reason: null },
};

/** The parts that are not good, and what is said of them. */
function found(change: Partial<Facts>): Record<string, string[]> {
  const { checks } = decideOverview({ ...calm, ...change });
  return Object.fromEntries(
    checks
      .filter(({ verdict }) => verdict !== 'good')
      .map(({ name, findings }) => [name, findings.map(({ verdict, what }) => `${verdict}: ${what}`)]),
  );
}

it('where nothing is wrong, everything is all right, and each part says how it is', () => {
  const { verdict, checks } = decideOverview(calm);
  expect(verdict).toBe('good');
  expect(Object.fromEntries(checks.map(({ name, says }) => [name, says]))).toEqual({
    Hosts: '1 of 1 ready',
    Storage: '40 % full',
    Server: '300 GiB free, certificate good for 200 days',
    Images: '1 of 1 ready',
    Pools: '2 machines ready for people, 5 in use',
    Machines: 'None has failed',
    Sessions: '5 live, 4 in a browser now',
    'Sign-in': 'Who has a role has a second factor',
    Quarantine: 'Empty',
    Loops: 'All at work',
    Mail: 'Sent as they come',
  });
});

it('what who looks may not see is not judged', () => {
  const { nowMs, stopped, pools } = calm;
  expect(decideOverview({ nowMs, stopped, pools }).checks.map(({ name }) => name)).toEqual(['Pools']);
  expect(decideOverview({ nowMs, stopped })).toEqual({ verdict: 'good', checks: [] });
});

const cases: readonly [string, Partial<Facts>, Record<string, string[]>][] = [
  ['no host at all', { hosts: [] }, { Hosts: ['bad: There is no host to run anything on.'] }],
  [
    'a host that is away',
    { hosts: [{ id, name: 'h1', phase: 'unreachable', reason: 'no route', emulated: false }] },
    { Hosts: ['bad: h1 is unreachable: no route'] },
  ],
  [
    'a host that is new',
    { hosts: [{ id, name: 'h1', phase: 'new', reason: null, emulated: false }] },
    { Hosts: ['busy: h1 is new'] },
  ],
  [
    'a host that emulates',
    { hosts: [{ id, name: 'h1', phase: 'ready', reason: null, emulated: true }] },
    { Hosts: ['warn: h1 emulates its machines: they are slow'] },
  ],
  [
    'storage that fills',
    {
      storage: [
        { id, host: 'h1', capacityBytes: 100 * GIB, availableBytes: 20 * GIB },
        { id, host: 'h2', capacityBytes: 100 * GIB, availableBytes: 8 * GIB },
        { id, host: 'h3', capacityBytes: 100 * GIB, availableBytes: 21 * GIB },
      ],
    },
    { Storage: ['bad: h2 is 92 % full, 8.0 GiB are free', 'warn: h1 is 80 % full, 20 GiB are free'] },
  ],
  [
    'a server without room',
    { server: { ...calm.server, disk: { capacityBytes: 500 * GIB, freeBytes: GIB } } },
    { Server: ['bad: 1.0 GiB are free where the server keeps its state'] },
  ],
  [
    'a certificate that nears its end',
    { server: { ...calm.server, certificate: { endsMs: NOW + 20 * DAY_MS, own: true } } },
    { Server: ['warn: The certificate ends in 20 days'] },
  ],
  [
    'a certificate that has expired',
    { server: { ...calm.server, certificate: { endsMs: NOW - 1, own: false } } },
    { Server: ['bad: The certificate has expired: browsers refuse it'] },
  ],
  [
    'a version that failed and one that is built',
    {
      images: [
        { id, title: 'Debian', version: 4, phase: 'building', reason: null, again: false },
        { id, title: 'Debian', version: 3, phase: 'failed', reason: 'no room', again: true },
      ],
    },
    { Images: ['bad: Debian, version 3, failed: no room', 'busy: Debian, version 4, is building'] },
  ],
  ['nothing built yet', { images: [], templates: [] }, { Images: [] }],
  [
    'a template that failed',
    { templates: [{ id, image: 'Debian', host: 'h1', phase: 'failed', reason: 'it never booted' }] },
    { Images: ['bad: The template of Debian on h1 failed: it never booted'] },
  ],
  [
    'a pool that makes machines',
    { pools: [{ ...pool, ready: 0, starting: 2, machines: 7 }] },
    { Pools: ['busy: Office has 0 of 2 ready, 2 being made'] },
  ],
  [
    'a pool that has none and makes none',
    { pools: [{ ...pool, ready: 0, machines: 5, look: 'no host has room' }] },
    { Pools: ['warn: Office has 0 of 2 ready: no host has room'] },
  ],
  [
    'a pool that is full',
    { pools: [{ ...pool, ready: 0, inUse: 10, machines: 10 }] },
    { Pools: ['bad: Office is full: all 10 machines are in use'] },
  ],
  ['a pool that is closed', { pools: [{ ...pool, ready: 0, closed: true }] }, {}],
  ['a pool of people’s own machines', { pools: [{ ...pool, ready: 0, kind: 'persistent' }] }, {}],
  [
    'a roll-out that stopped, machines and maintenance that failed',
    {
      pools: [
        {
          ...pool,
          rolloutStopped: { id, reason: 'it froze' },
          failures: { count: 1, reason: 'no IP' },
          maintenanceFailed: 2,
        },
      ],
    },
    {
      Pools: [
        'bad: Office: the new version’s roll-out stopped: it froze',
        'warn: Office: 1 machine failed within a day, the last one: no IP',
        'warn: Office: the last maintenance of 2 machines failed',
      ],
    },
  ],
  [
    'a machine that failed',
    { failed: [{ id, name: 'm1', pool: 'Office', reason: 'disk gone' }] },
    { Machines: ['bad: m1 of Office failed: disk gone'] },
  ],
  [
    'people who wait, and one who waits long',
    {
      sessions: {
        connected: 0,
        disconnected: 0,
        waiting: [
          { person: 'Ada', title: 'Office', reason: 'second in the queue', sinceMs: NOW - 10_000 },
          { person: 'Bob', title: 'Office', reason: 'the host is away', sinceMs: NOW - 600_000 },
        ],
      },
    },
    {
      Sessions: [
        'bad: Bob waits for Office: the host is away',
        'busy: Ada waits for Office: second in the queue',
      ],
    },
  ],
  [
    'who has a role and a password alone',
    { passwordAlone: ['Ada', 'Bob', 'Cleo', 'Dan', 'Eve'] },
    { 'Sign-in': ['warn: Who has a role signs in by a password alone: Ada, Bob, Cleo, 2 more'] },
  ],
  [
    'what nothing knows of',
    { quarantine: [{ host: 'h1', kind: 'volume', name: 'v1' }] },
    { Quarantine: ['bad: The volume v1 on h1 bears our mark, and nothing knows of it'] },
  ],
  [
    'a loop that fails',
    { loops: [{ loop: 'machines', key: id, detail: 'disk full' }] },
    { Loops: ['bad: machines 00000000: disk full'] },
  ],
  [
    'mails that do not go out',
    { mail: { setUp: true, waiting: 3, reason: 'connection refused' } },
    { Mail: ['bad: 3 mails could not be sent: connection refused'] },
  ],
  ['mails that are not set up', { mail: { setUp: false, waiting: 0, reason: null } }, {}],
];

describe('the overview names', () => {
  it.each(cases)('%s', (_, change, expected) => {
    expect(found(change)).toEqual(expected);
  });

  it('what failed and can be tried again from here', () => {
    const retries = (change: Partial<Facts>) =>
      decideOverview({ ...calm, ...change }).checks.flatMap(({ findings }) =>
        findings.flatMap(({ retry }) => (retry === null ? [] : [retry.kind])),
      );
    const failed = { id, title: 'Debian', version: 4, phase: 'failed', reason: null };
    expect(retries({ images: [{ ...failed, again: true }] })).toEqual(['image']);
    expect(retries({ images: [{ ...failed, again: false }] })).toEqual([]);
    expect(retries({ templates: [{ id, image: 'D', host: 'h', phase: 'failed', reason: null }] })).toEqual([
      'template',
    ]);
    expect(retries({ templates: [{ id, image: 'D', host: 'h', phase: 'booting', reason: null }] })).toEqual(
      [],
    );
    expect(retries({ pools: [{ ...pool, rolloutStopped: { id, reason: 'it froze' } }] })).toEqual([
      'rollout',
    ]);
  });

  it('a stop, and blames nothing else for it', () => {
    const { verdict, checks } = decideOverview({
      ...calm,
      stopped: true,
      pools: [{ ...pool, ready: 0, machines: 0 }],
    });
    expect([verdict, checks[0]?.name]).toEqual(['bad', 'Orangery']);
    expect(checks.find(({ name }) => name === 'Pools')?.verdict).toBe('good');
  });

  it('the gravest first, and says how many it leaves out', () => {
    const failed = Array.from({ length: 25 }, (_, number) => ({
      id,
      name: `m${number}`,
      pool: 'Office',
      reason: null,
    }));
    const { checks } = decideOverview({ ...calm, failed });
    expect(checks[0]).toMatchObject({ name: 'Machines', more: 5 });
    expect(checks[0]?.findings).toHaveLength(20);
  });

  it('for each thing that somebody has to do something about what that is, or where', () => {
    for (const [, change] of cases)
      for (const { findings } of decideOverview({ ...calm, ...change }).checks)
        for (const { verdict, fix, place } of findings)
          if (verdict === 'bad' || verdict === 'warn') expect(fix ?? place).not.toBeNull();
  });
});
