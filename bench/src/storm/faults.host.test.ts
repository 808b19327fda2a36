import type { Installation } from '@orangery/tests';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LogonProfile, seeded, type Visit, visits } from './profile.ts';
import { StormScene } from './scene.ts';
import { brokenPromises, differences } from './witness.ts';

/** Of each of the three mornings, which follow one another on one installation. */
const PEOPLE = 200;
const MORNINGS = 3;
const READY = 20;
/** By then a morning is in its middle: a third of its people have their desktop. */
const MIDDLE = PEOPLE / 3;

const profile: LogonProfile = {
  people: PEOPLE,
  minutes: 0.2,
  shape: 'normal',
  doubleClicks: 0.3,
  leaving: 0,
  stayMinutes: 1,
};

let scene: StormScene;

beforeAll(async () => {
  scene = await StormScene.create({
    hosts: 3,
    hostCpus: 32,
    startingCpus: 0.5,
    runningCpus: 0,
    delays: { forkMs: 40, execMs: 20, attachMs: 10, destroyMs: 10, saveMs: 20 },
    people: PEOPLE * MORNINGS,
    pools: 2,
    readyCount: READY,
    machinesMax: PEOPLE * MORNINGS + 100,
    cuttable: true,
  });
  await scene.prepared(120_000);
}, 180_000);
afterAll(() => scene?.close(), 60_000);

/** People who were in no morning before. */
function morning(number: number): Visit[] {
  return visits(profile, seeded(number)).map((visit) => ({
    ...visit,
    person: visit.person + (number - 1) * PEOPLE,
  }));
}

const until = (what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> =>
  scene.installation.until(what, async () => holds(), timeoutMs);

const servedIn = (number: number): number =>
  scene.tally.served.filter(({ person }) => Math.floor(person / PEOPLE) === number - 1).length;

/** Everybody so far has one desktop, each another machine, and the hosts have what the rows say. */
async function expectOrder(mornings: number): Promise<void> {
  const { db } = scene.installation;
  await until('order', async () => (await differences(db, scene.hosts)).length === 0).catch(() => {});
  expect(await differences(db, scene.hosts)).toEqual([]);
  expect(await brokenPromises(db)).toEqual([]);
  expect(scene.tally.lost).toEqual([]);
  const { rows } = await sql<{ people: number; machines: number; sessions: number }>`
    select count(distinct session.principal_id) as people, count(distinct machine.id) as machines, count(*) as sessions
    from session join machine on machine.id = session.machine_id and machine.phase = 'ready'
    where session.ended_at is null`.execute(db);
  const all = PEOPLE * mornings;
  expect(rows[0]).toEqual({ people: all, machines: all, sessions: all });
}

// Three mornings of two hundred people.
describe.skipIf(process.env['ORANGERY_TEST_LONG'] !== '1')('a morning', () => {
  it('in which the server is killed and started again leaves everybody with one machine', async () => {
    const playing = scene.play(morning(1), 1);
    await until('the middle', () => servedIn(1) > MIDDLE);
    await scene.installation.stop('SIGKILL');
    await scene.start(scene.installation);
    await playing;
    await expectOrder(1);
  });

  it('in which all hosts are cut off and come back leaves everybody with one machine', async () => {
    const playing = scene.play(morning(2), 1);
    await until('the middle', () => servedIn(2) > MIDDLE);
    await Promise.all(scene.hosts.map((host) => host.cut()));
    // Whoever finds a ready machine gets it all the same; all others wait.
    await until('people who wait', async () => (await waiting()) > READY);
    await Promise.all(scene.hosts.map((host) => host.mend()));
    await playing;
    await expectOrder(2);
  });

  it('at two servers, the clock of one five minutes ahead, leaves everybody with one machine', async () => {
    const replica: Installation = await scene.replica({ STORM_CLOCK_AHEAD_MS: '300000' });
    await scene.play(morning(3), 1, [scene.installation, replica]);
    await expectOrder(3);
    expect([...scene.tally.errors.keys()]).not.toContain('two clicks of one person led to two sessions');
  });

  it('that is over leaves no machine but those that are kept ready', async () => {
    const { db } = scene.installation;
    const sessions = await db.selectFrom('session').select('id').where('ended_at', 'is', null).execute();
    for (const { id } of sessions) await scene.installation.api.sessions.end({ id });
    await until('the end of all machines in use', async () => (await machines()) === READY, 120_000);
    await until('order', async () => (await differences(db, scene.hosts)).length === 0);
    const { rows } = await sql<{ kind: string; times: number }>`
      select kind, count(*) as times from usage_event where kind like 'session.%' group by kind`.execute(db);
    const times = Object.fromEntries(rows.map((row) => [row.kind, row.times]));
    expect(times['session.started']).toBe(PEOPLE * MORNINGS);
    expect(times['session.ended']).toBe(PEOPLE * MORNINGS);
  }, 300_000);
});

async function machines(): Promise<number> {
  const rows = await scene.installation.db.selectFrom('machine').select('id').execute();
  return rows.length;
}

/** Sessions whose machine is not ready yet, or that have none. */
async function waiting(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from session left join machine on machine.id = session.machine_id
    where session.ended_at is null and (machine.id is null or machine.painted_at is null)`.execute(
    scene.installation.db,
  );
  return rows[0]?.count ?? 0;
}
