import {
  type Context,
  connectability,
  createApplication,
  deleteApplication,
  endSession,
  entitleToApplication,
  listApplications,
  listMyApplications,
  machinesLoop,
  mayEnterSession,
  mayUsePool,
  openApplication,
  openDesktop,
  programsOfPool,
  removeApplicationEntitlement,
  restartSession,
  usableApplication,
} from '@orangery/control';
import { encodePicture, type HostDriver } from '@orangery/hypervisor';
import { OrangeryError } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let server: Context;

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 1_000 });
  server = await world.server();
  await world.db
    .insertInto('image_program')
    .values(
      ['editor', 'browser'].map((name) => ({
        image_version_id: world.imageVersionId,
        program: `${name}.desktop`,
        name,
        description: `The ${name}`,
        icon: encodePicture({ width: 1, height: 1, rgb: Buffer.from([1, 2, 3]) }),
      })),
    )
    .execute();
});
afterEach(() => world.close());

const session = (id: string) =>
  world.db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const programs = () => world.db.selectFrom('session_program').selectAll().orderBy('created_at').execute();

async function publish(name: string) {
  const made = await createApplication(server, world.tenantId, {
    name,
    poolId: world.poolId,
    program: `${name}.desktop`,
  });
  if (made.kind !== 'done') throw new Error(`not published: ${made.kind}`);
  return made.id;
}

/** A person who may open these applications, and nothing else. */
async function personOf(...applicationIds: string[]) {
  const [person] = await world.people(1, []);
  for (const applicationId of applicationIds)
    await entitleToApplication(server, { applicationId, principalId: person!.id });
  return { ...person!, roles: [] };
}

async function open(person: { id: string; tenantId: string; roles: string[] }, id: string, at = server) {
  const application = await usableApplication(at, person, id);
  if (application === undefined) throw new Error('may not');
  return openApplication(at, person, application);
}

/** A host whose guests do what they are told and say `word` of their windows. */
function obedient(word: { now: string }, asked: string[], failing: string[] = []) {
  const exec = (_id: string, { path, input }: { path: string; input?: string }) => {
    asked.push(path);
    if (path === '/bin/cat') return Promise.resolve({ exitCode: 0, stdout: `${word.now}\n`, stderr: '' });
    const told = JSON.parse(input ?? '{}') as { programs?: { id: string; program: string }[] };
    const all = told.programs ?? [];
    const answer = {
      adopted: true,
      arranged: true,
      started: all.filter(({ program }) => !failing.includes(program)).map(({ id }) => id),
      failed: all
        .filter(({ program }) => failing.includes(program))
        .map(({ id }) => ({ id, reason: 'not there' })),
    };
    return Promise.resolve({ exitCode: 0, stdout: JSON.stringify(answer), stderr: '' });
  };
  const find = (id: string) => Promise.resolve({ id, name: id, state: 'running', mark: undefined });
  return { machines: { exec, find } } as unknown as HostDriver;
}

/** Turns of the machines loop, as long as there is something to do. */
async function turn(host: Context, sessionId: string) {
  const { machine_id: id } = await session(sessionId);
  await world.db.updateTable('machine').set({ identified_at: new Date() }).execute();
  return machinesLoop(host).turn(id ?? '', never());
}

describe('an application', () => {
  it('is published from what the image offers, with its name and picture, and nothing else is', async () => {
    expect((await programsOfPool(server, world.poolId)).map(({ name }) => name)).toEqual([
      'browser',
      'editor',
    ]);
    const id = await publish('editor');
    expect(await listApplications(server, world.tenantId, id)).toMatchObject([
      { title: 'editor', description: 'The editor', offered: true, people: 0 },
    ]);
    expect((await listApplications(server, world.tenantId, id))[0]?.icon).toMatch(/^iVBOR/);
    const input = { name: 'other', poolId: world.poolId, program: 'editor.desktop' };
    const kindOf = async (change: object) =>
      (await createApplication(server, world.tenantId, { ...input, ...change })).kind;
    expect(await kindOf({ name: 'editor' })).toBe('taken');
    expect(await kindOf({ program: 'none.desktop' })).toBe('noProgram');
    expect(await kindOf({ poolId: world.hostId })).toBe('noPool');
    expect(await kindOf({ icon: Buffer.from('<svg/>').toString('base64') })).toBe('badIcon');
  });

  it('that the image no longer has is said to be so', async () => {
    const id = await publish('editor');
    await world.db.deleteFrom('image_program').execute();
    expect(await listApplications(server, world.tenantId, id)).toMatchObject([{ offered: false }]);
  });

  it('is a tile of who may open it, and opens in a session of its own that is no desktop of theirs', async () => {
    await world.machines(1);
    const id = await publish('editor');
    const [ada, stranger] = [await personOf(id), await personOf()];
    expect(await listMyApplications(server, stranger)).toEqual([]);
    expect(await usableApplication(server, stranger, id)).toBeUndefined();
    expect(await listMyApplications(server, ada)).toMatchObject([{ id, state: 'ready', session: null }]);
    const { sessionId, made } = await open(ada, id);
    expect(made).toBe(true);
    expect(await session(sessionId)).toMatchObject({ mode: 'application' });
    expect(await mayUsePool(server, ada, world.poolId)).toBe(false);
    const of = { id: sessionId, poolId: world.poolId };
    expect(await mayEnterSession(server, ada, of)).toBe(true);
    expect(await listMyApplications(server, ada)).toMatchObject([{ session: { id: sessionId } }]);
  });

  it('is started once, by however many clicks on two servers', async () => {
    await world.machines(5);
    const id = await publish('editor');
    const ada = await personOf(id);
    const other = await world.server();
    const clicks = await Promise.all(
      Array.from({ length: 20 }, (_, index) => open(ada, id, index % 2 === 0 ? server : other)),
    );
    expect(new Set(clicks.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(await programs()).toHaveLength(1);
  });

  it('opens beside another one of the same pool, on the same machine', async () => {
    await world.machines(5);
    const [editor, browser] = [await publish('editor'), await publish('browser')];
    const ada = await personOf(editor, browser);
    const first = await open(ada, editor);
    const second = await open(ada, browser);
    expect(second).toEqual({ sessionId: first.sessionId, made: false });
    expect((await programs()).map(({ program }) => program)).toEqual(['editor.desktop', 'browser.desktop']);
  });

  it('is one window more in a desktop that is open, which stays one', async () => {
    await world.machines(1);
    const ada = await personOf(await publish('editor'));
    const { sessionId } = await openDesktop(server, ada, world.poolId);
    const id = (await listMyApplications(server, ada))[0]?.id ?? '';
    expect((await open(ada, id)).sessionId).toBe(sessionId);
    expect(await session(sessionId)).toMatchObject({ mode: 'desktop' });
  });

  it('becomes a whole desktop where that is opened, and is entered no more by who may only open the application', async () => {
    await world.machines(1);
    const id = await publish('editor');
    const ada = await personOf(id);
    const { sessionId } = await open(ada, id);
    expect(await openDesktop(server, ada, world.poolId)).toEqual({ sessionId, made: false });
    expect(await session(sessionId)).toMatchObject({ mode: 'desktop' });
    expect(await mayEnterSession(server, ada, { id: sessionId, poolId: world.poolId })).toBe(false);
  });

  it('that is taken back is opened no more; what nobody has looked at yet ends', async () => {
    await world.machines(1);
    const id = await publish('editor');
    const [person] = await world.people(1, []);
    const given = await entitleToApplication(server, { applicationId: id, principalId: person!.id });
    const again = await entitleToApplication(server, { applicationId: id, principalId: person!.id });
    expect(again?.id).toBe(given?.id);
    const ada = { ...person!, roles: [] };
    const { sessionId } = await open(ada, id);
    await removeApplicationEntitlement(server, given!.id);
    expect(await removeApplicationEntitlement(server, given!.id)).toBeUndefined();
    expect(await usableApplication(server, ada, id)).toBeUndefined();
    expect((await session(sessionId)).end_reason).toContain('no longer');
  });

  it('that is deleted is nobody’s, and what is open goes on', async () => {
    await world.machines(1);
    const id = await publish('editor');
    const ada = await personOf(id);
    const { sessionId } = await open(ada, id);
    expect(await deleteApplication(server, id)).toBe(true);
    expect(await deleteApplication(server, id)).toBe(false);
    expect(await listMyApplications(server, ada)).toEqual([]);
    expect(await session(sessionId)).toMatchObject({ ended_at: null });
    expect(await programs()).toMatchObject([{ program: 'editor.desktop', application_id: null }]);
  });
});

describe('a session that shows programs alone', () => {
  it('is shown once what is around them is hidden, and ends with the last window', async () => {
    await world.machines(1);
    const id = await publish('editor');
    const ada = await personOf(id);
    const { sessionId } = await open(ada, id);
    expect(await connectability(server, sessionId)).toMatchObject({
      kind: 'waiting',
      reason: expect.stringContaining('editor') as string,
    });
    const [word, asked] = [{ now: 'starting' }, [] as string[]];
    const host = await world.server({ driver: obedient(word, asked) });
    expect(await turn(host, sessionId)).toMatchObject({ outcome: 'waiting' });
    expect(asked.map((path) => path.split('/').at(-1))).toEqual(['adopt', 'arrange', 'cat']);
    expect(await connectability(server, sessionId)).toMatchObject({ kind: 'ready' });
    for (const now of ['open', 'starting', 'nonsense']) {
      word.now = now;
      expect(await turn(host, sessionId)).toMatchObject({ outcome: 'waiting' });
    }
    word.now = 'over';
    await turn(host, sessionId);
    expect(await session(sessionId)).toMatchObject({ end_reason: 'its last window was closed' });
  });

  it('does not end while something else is being opened in it', async () => {
    await world.machines(1);
    const [editor, browser] = [await publish('editor'), await publish('browser')];
    const ada = await personOf(editor, browser);
    const { sessionId } = await open(ada, editor);
    const host = await world.server({ driver: obedient({ now: 'open' }, []) });
    await turn(host, sessionId);
    await endSession(server, sessionId, 'over', { only: 'finished' });
    expect((await session(sessionId)).ended_at).not.toBeNull();
    await world.machines(1);
    const next = await open(ada, editor);
    await turn(host, next.sessionId);
    // The click comes after the guest was asked, and before the session is ended.
    await open(ada, browser);
    await endSession(server, next.sessionId, 'over', { only: 'finished' });
    expect(await session(next.sessionId)).toMatchObject({ ended_at: null });
    await openDesktop(server, ada, world.poolId);
    await turn(host, next.sessionId);
    await endSession(server, next.sessionId, 'over', { only: 'finished' });
    expect(await session(next.sessionId)).toMatchObject({ ended_at: null });
  });

  it('ends with the reason when its program cannot be started, and goes on when only another one cannot', async () => {
    await world.machines(2);
    const [editor, browser] = [await publish('editor'), await publish('browser')];
    const ada = await personOf(editor, browser);
    const host = await world.server({ driver: obedient({ now: 'open' }, [], ['editor.desktop']) });
    const lost = await open(ada, editor);
    await turn(host, lost.sessionId);
    expect((await session(lost.sessionId)).end_reason).toBe('editor could not be started: not there');
    const { sessionId } = await open(ada, browser);
    await open(ada, editor);
    expect(await turn(host, sessionId)).toMatchObject({ outcome: 'waiting' });
    expect(await session(sessionId)).toMatchObject({ ended_at: null });
    expect(await programs()).toMatchObject([
      { reason: 'not there' },
      { reason: null },
      { reason: 'not there' },
    ]);
  });

  it('keeps its machine when the guest does not answer a later click', async () => {
    await world.machines(1);
    const [editor, browser] = [await publish('editor'), await publish('browser')];
    const ada = await personOf(editor, browser);
    const { sessionId } = await open(ada, editor);
    await turn(await world.server({ driver: obedient({ now: 'open' }, []) }), sessionId);
    await world.db
      .updateTable('machine')
      .set({ painted_at: new Date(server.clock.now() - 60_000) })
      .execute();
    await open(ada, browser);
    const silent = obedient({ now: 'open' }, []);
    const hung = { ...silent.machines, exec: () => Promise.reject(new OrangeryError('timedOut', 'hangs')) };
    for (let turns = 0; turns < 5; turns += 1)
      await turn(await world.server({ driver: { machines: hung } as unknown as HostDriver }), sessionId);
    expect(await session(sessionId)).toMatchObject({ ended_at: null });
    expect(await programs()).toMatchObject([{ reason: null }, { reason: 'its guest does not answer' }]);
    const machine = await world.db.selectFrom('machine').selectAll().executeTakeFirstOrThrow();
    expect(machine).toMatchObject({ phase: 'ready', attempts: 0 });
  });

  it('has its programs again on the fresh machine after a restart', async () => {
    await world.machines(2);
    const id = await publish('editor');
    const ada = await personOf(id);
    const { sessionId } = await open(ada, id);
    const host = await world.server({ driver: obedient({ now: 'open' }, []) });
    await turn(host, sessionId);
    expect((await programs())[0]?.started_at).not.toBeNull();
    await restartSession(server, sessionId, 'hard');
    expect((await programs())[0]?.started_at).toBeNull();
    expect(await connectability(server, sessionId)).toMatchObject({ kind: 'waiting' });
    await turn(host, sessionId);
    expect(await connectability(server, sessionId)).toMatchObject({ kind: 'ready' });
  });
});
