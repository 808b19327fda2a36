import { connectSingle } from '@orangery/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { Person, type Viewer } from '../person.ts';
import { makeBareMachine } from './bare-machine.ts';

/** Two servers of one installation, each with a port and a folder of its own, as on two machines. */
const ROLES = { ORANGERY_ROLES: 'api,gateway' };
/** Longer than any notice takes; what is only put right by a period of the gateway's comes later. */
const AT_ONCE_MS = 10_000;
/** Gateways look for those that died three times a minute. */
const LOST_MS = 40_000;
const ROUNDS = 5;

let one: Installation;
let other: Installation;
/** The same person, at each of the two. */
let here: Person;
let there: Person;
let sessionId: string;

beforeAll(async () => {
  one = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await one.start(ROLES)).toBe('runs');
  const { poolId } = await makeBareMachine(one);
  other = await one.replica();
  expect(await other.start(ROLES)).toBe('runs');
  const person = await one.person();
  here = person;
  there = new Person(other.origin, await other.ca());
  expect(await there.signIn(person.account)).toBe(200);
  sessionId = (await here.api.desktops.open({ id: poolId })).id;
});

afterAll(async () => {
  await here?.close();
  await there?.close();
  await other?.leave();
  // With its loops, which take the machine down.
  await one?.stop();
  await one?.purge();
}, 120_000);

async function picture(viewer: Viewer): Promise<void> {
  const update = viewer.rfb.nextUpdate(20_000);
  viewer.rfb.requestUpdate(false);
  await update;
}

async function open(person: Person): Promise<Viewer> {
  const viewer = await person.view(await person.ticket(sessionId));
  await picture(viewer);
  return viewer;
}

async function close(viewer: Viewer): Promise<void> {
  viewer.close();
  await viewer.closed;
  await phaseIs('disconnected');
}

const phaseIs = (phase: string, withinMs = AT_ONCE_MS): Promise<void> =>
  one.until(
    `the phase ${phase}`,
    async () => (await here.api.sessions.show({ id: sessionId })).phase === phase,
    withinMs,
  );

async function takenFrom(viewer: Viewer): Promise<void> {
  await viewer.closed;
  expect(await viewer.control('closed')).toMatchObject({
    code: 'takenOver',
    reason: 'it was opened on a browser (127.0.0.1) and is shown there now',
  });
}

async function events(): Promise<string[]> {
  const rows = await one.db.selectFrom('usage_event').select('kind').orderBy('id').execute();
  return rows.map(({ kind }) => kind).filter((kind) => /^session\.(dis)?connected$/.test(kind));
}

describe('two servers of one installation', () => {
  it('hand a session over to whoever comes later, and tell the one before why', async () => {
    const first = await open(here);
    const second = await open(there);
    await takenFrom(first);
    await picture(second);
    const third = await open(here);
    await takenFrom(second);
    await picture(third);
    await phaseIs('connected');
    // It was in use all the time: whoever counts hours must not see gaps.
    expect(await events()).toEqual(['session.connected']);
    await close(third);
  });

  it('leave exactly one viewer of those that come at the same moment', async () => {
    const people = [here, there, here, there];
    const tickets = await Promise.all(people.map((person) => person.ticket(sessionId)));
    const opened = await Promise.allSettled(people.map((person, index) => person.view(tickets[index] ?? '')));
    const viewers = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const over = new Set<Viewer>();
    for (const viewer of viewers) void viewer.closed.then(() => over.add(viewer));
    const left = (): Viewer[] => viewers.filter((viewer) => !over.has(viewer));
    await one.until('one viewer', () => Promise.resolve(left().length === 1), AT_ONCE_MS);
    const [last] = left();
    if (last === undefined) throw new Error('one is left');
    await picture(last);
    expect(left()).toEqual([last]);
    await phaseIs('connected');
    await close(last);
  });

  it('take each other’s tickets, each once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [maker, user] = round % 2 === 0 ? [here, there] : [there, here];
      const ticket = await maker.ticket(sessionId);
      const answers = await Promise.allSettled([user.view(ticket), maker.view(ticket)]);
      const opened = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      const refused = answers.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
      expect(opened).toHaveLength(1);
      expect(refused).toEqual([expect.stringContaining('badTicket')]);
      const [viewer] = opened;
      if (viewer === undefined) throw new Error('one of them opens');
      await picture(viewer);
      await close(viewer);
    }
  });

  it('know a viewer of the other’s that was there before they started', async () => {
    const viewer = await open(here);
    await other.stop();
    expect(await other.start(ROLES)).toBe('runs');
    await phaseIs('connected');
    await picture(viewer);
    await close(viewer);
  });

  it('that heard nothing for a while learn what they missed', async () => {
    const first = await open(here);
    process.kill(one.pid, 'SIGSTOP');
    let second: Viewer;
    try {
      const client = await connectSingle(one.databaseUrl);
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'orangery-notices' and pid <> pg_backend_pid()`,
      );
      await client.end();
      second = await open(there);
    } finally {
      process.kill(one.pid, 'SIGCONT');
    }
    await takenFrom(first);
    await picture(second);
    await close(second);
  });

  it('find out that the other died with its viewers, though it never comes back', async () => {
    const viewer = await open(there);
    await phaseIs('connected');
    process.kill(other.pid, 'SIGKILL');
    await viewer.closed;
    await phaseIs('disconnected', LOST_MS);
    expect(await other.start(ROLES)).toBe('runs');
  });

  it('tell the viewer at one of them that the session was ended through the other', async () => {
    const viewer = await open(here);
    await there.api.sessions.end({ id: sessionId });
    await viewer.closed;
    expect((await viewer.control('closed')).code).toBe('sessionEnded');
  });
});
