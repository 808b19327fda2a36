import { profileVolume, storagePoolName } from '@orangery/control';
import type { HostDriver } from '@orangery/hypervisor';
import { isDesktopPainted } from '@orangery/rfb';
import { systemClock, systemRng } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { installationIdOf, openHost } from '../crash/order.ts';
import { Installation } from '../installation.ts';
import { startReady } from '../planted.ts';
import type { Person } from '../person.ts';
import { describeApplications } from './applications.ts';
import { contains, memoryHolds } from './memory.ts';

/** Words that nobody else writes: what is found of them was left by the person who wrote them. */
const PLANTED = `Zitronenhain-${systemRng.uuid()}`;

let installation: Installation;
let host: HostDriver;
let ada: Person & { id: string };
let bob: Person & { id: string };
let poolId: string;

beforeAll(async () => {
  installation = await Installation.create();
  await startReady(installation);
  host = await openHost(installation);
  ada = await installation.person();
  bob = await installation.person();
  const [pool] = await installation.api.pools.list();
  poolId = pool?.id ?? '';
  await installation.api.pools.update({ id: poolId, profileGib: 1 });
}, 900_000);

afterAll(async () => {
  await host?.close();
  await ada?.close();
  await bob?.close();
  await installation?.purge();
}, 120_000);

/** Opens a desktop and looks at it until it is painted, then goes away; the session stays. */
async function open(person: Person, pool = poolId): Promise<{ sessionId: string; machineId: string }> {
  const locale = { language: 'de_AT', timeZone: 'Europe/Vienna' };
  const session = await person.api.desktops.open({ id: pool, locale });
  const viewer = await person.view(await person.ticket(session.id));
  const deadline = systemClock.monotonicMs() + 60_000;
  do {
    viewer.rfb.requestUpdate(false);
    await viewer.rfb.nextUpdate(20_000);
  } while (!isDesktopPainted(viewer.rfb.frame) && systemClock.monotonicMs() < deadline);
  expect(isDesktopPainted(viewer.rfb.frame)).toBe(true);
  viewer.close();
  await viewer.closed;
  const { machine } = await person.api.sessions.show({ id: session.id });
  return { sessionId: session.id, machineId: machine?.id ?? '' };
}

async function logOff(person: Person, of: { sessionId: string; machineId: string }): Promise<void> {
  await person.api.sessions.end({ id: of.sessionId });
  await installation.until('the end of the machine', async () => {
    const rows = await installation.db
      .selectFrom('machine')
      .select('id')
      .where('id', '=', of.machineId)
      .execute();
    return rows.length === 0;
  });
}

async function asRoot(machineId: string, script: string): Promise<string> {
  const command = { path: '/bin/sh', args: ['-c', script], timeoutMs: 60_000 };
  const result = await host.machines.exec(machineId, command);
  expect(result.exitCode, result.stderr).toBe(0);
  return result.stdout.trim();
}

/** What an administrator adds to the maintenance of a machine; no mirror is asked for packages. */
async function plantItems(machineId: string): Promise<void> {
  await asRoot(
    machineId,
    `cd /etc/orangery/maintenance.d && chmod -x 20-updates
    printf '#!/bin/sh\necho begins\necho 2 files scanned\n' >10-scan
    printf '#!/bin/sh\necho it is broken\nexit 3\n' >90-broken
    chmod +x 10-scan 90-broken`,
  );
}

const ITEMS = [
  { name: '10-scan', outcome: 'done', detail: '2 files scanned' },
  {
    name: '40-timers',
    outcome: 'done',
    detail: expect.stringContaining('systemd-tmpfiles-clean') as string,
  },
  { name: '60-trim', outcome: 'done' },
  { name: '90-broken', outcome: 'failed', exitCode: 3 },
];

/** As the person who sits there. */
async function inGuest(machineId: string, script: string): Promise<string> {
  const result = await host.machines.exec(machineId, {
    path: '/bin/sh',
    // Of whatever name.
    args: [
      '-c',
      'exec runuser -u "$(id -nu 1000)" -- /bin/sh -c "$0"',
      `cd "$(getent passwd 1000 | cut -d: -f6)" && ${script}`,
    ],
    timeoutMs: 60_000,
  });
  expect(result.exitCode, result.stderr).toBe(0);
  return result.stdout.trim();
}

const disk = () =>
  installation.db
    .selectFrom('profile_disk')
    .selectAll()
    .where('principal_id', '=', ada.id)
    .executeTakeFirstOrThrow();

const memoryMib = async (): Promise<number> => (await installation.api.pools.list())[0]?.memoryMib ?? 0;

describe('a person’s files', () => {
  let first: { sessionId: string; machineId: string };

  it('are saved on a disk of their own, in a session under their name, language and time zone', async () => {
    first = await open(ada);
    await inGuest(first.machineId, `echo ${PLANTED} >note && echo ${PLANTED} >/var/tmp/left && sync`);
    expect(await inGuest(first.machineId, 'getent passwd desktop')).toContain(':Test administrator:');
    expect(await inGuest(first.machineId, 'date +%Z')).toMatch(/^CES?T$/);
    expect(await inGuest(first.machineId, 'cat /etc/default/locale')).toBe('LANG=de_DE.UTF-8');
    expect(await disk()).toMatchObject({ machine_id: first.machineId, clean: false });
    expect(await memoryHolds(first.machineId, await memoryMib(), PLANTED)).toBe(true);
  });

  it('are disturbed by no timer: what guests do once in a while is done when the host says so', async () => {
    const { machineId } = first;
    // With --all it would name those that are held, too.
    expect(await asRoot(machineId, 'systemctl list-timers --no-legend --no-pager')).toBe('');
    await plantItems(machineId);
    const program = '/usr/lib/orangery/maintenance';
    const ask = async (verb: string) => {
      const script = `echo '{"id":"test","limitSeconds":120}' | ${program} ${verb}`;
      return JSON.parse(await asRoot(machineId, script)) as { state: string; items: object[] };
    };
    await ask('start');
    await installation.until('its end', async () => (await ask('look')).state !== 'running', 120_000);
    expect(await ask('look')).toMatchObject({ state: 'over', items: ITEMS });
    expect(await ask('start')).toMatchObject({ state: 'over' });
  });

  it('are closed at log-off, and nobody has them then', async () => {
    await logOff(ada, first);
    expect(await disk()).toMatchObject({ machine_id: null, clean: true, reason: null });
    expect((await disk()).used_bytes).toBeGreaterThan(0);
  });

  it('are there again on another machine', async () => {
    const second = await open(ada);
    expect(second.machineId).not.toBe(first.machineId);
    expect(await inGuest(second.machineId, 'cat note')).toBe(PLANTED);
    expect(await inGuest(second.machineId, 'cat /var/tmp/left 2>/dev/null || echo nothing')).toBe('nothing');
    await logOff(ada, second);
  });

  it('are nowhere on the machine of the next person', async () => {
    const theirs = await open(bob);
    expect(await inGuest(theirs.machineId, 'cat note 2>/dev/null || echo nothing')).toBe('nothing');
    const pool = storagePoolName(await installationIdOf(installation));
    for (const { name } of await host.storage.list(pool)) {
      const holds = await contains(await host.storage.download(pool, name), PLANTED);
      expect([name, holds]).toEqual([name, name === profileVolume((await disk()).id)]);
    }
    expect(await memoryHolds(theirs.machineId, await memoryMib(), PLANTED)).toBe(false);
    await logOff(bob, theirs);
  });

  it('survive a machine that dies under them', async () => {
    const third = await open(ada);
    await inGuest(third.machineId, 'echo later >second && sync');
    await host.machines.destroy(third.machineId);
    await installation.until(
      'the end of the session',
      async () => (await ada.api.sessions.show({ id: third.sessionId })).endedAt !== null,
    );
    const fourth = await open(ada);
    expect(await inGuest(fourth.machineId, 'cat note second')).toBe(`${PLANTED}\nlater`);
    await logOff(ada, fourth);
  });

  it('in use elsewhere are a choice, and can be taken over', async () => {
    const [pool] = await installation.api.pools.list();
    const other = await installation.api.pools.create({
      name: 'second',
      title: 'Second',
      image: pool?.image ?? '',
      memoryMib: pool?.memoryMib ?? 1024,
      cpus: pool?.cpus ?? 2,
      profileGib: 2,
    });
    const here = await open(ada);
    const there = await ada.api.desktops.open({ id: other.id });
    await installation.until(
      'the choice',
      async () => (await ada.api.sessions.connect({ id: there.id })).kind === 'conflict',
    );
    await expect(bob.api.sessions.resolveProfile({ id: there.id, choice: 'without' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await ada.api.sessions.resolveProfile({ id: there.id, choice: 'takeOver' });
    const taken = await open(ada, other.id);
    expect(await inGuest(taken.machineId, 'cat note')).toBe(PLANTED);
    // The second pool gives more room: the disk grew on its way.
    expect(Number(await inGuest(taken.machineId, 'df -B1M --output=size . | tail -1'))).toBeGreaterThan(
      1_800,
    );
    expect(await ada.api.sessions.show({ id: here.sessionId })).toMatchObject({ phase: 'ended' });
    await logOff(ada, taken);
    expect(await installation.api.system.quarantine()).toEqual([]);
  });
});

describe.skipIf(!inject('longParts').includes('applications'))('in one installation', () =>
  describeApplications(() => ({ installation, host, poolId })),
);

// Each boot takes a minute or two under emulation.
describe.skipIf(!inject('longParts').includes('own machine'))('a machine of one’s own', () => {
  let first: { sessionId: string; machineId: string };

  it('is under their name', async () => {
    const [pool] = await installation.api.pools.list();
    const own = await installation.api.pools.create({
      name: 'own',
      title: 'Own',
      image: pool?.image ?? '',
      memoryMib: pool?.memoryMib ?? 1024,
      cpus: pool?.cpus ?? 2,
      kind: 'persistent',
      machineName: 'pc-{person}-{random}',
      powerOffAfterS: 0,
    });
    first = await open(ada, own.id);
    expect(await inGuest(first.machineId, 'hostname')).toMatch(/^pc-test-administrator-[0-9a-f]{6}$/);
    expect(await inGuest(first.machineId, 'id -nu; pwd; getent passwd 1000 | cut -d: -f5')).toBe(
      'test-administrator\n/home/test-administrator\nTest administrator',
    );
    expect(await inGuest(first.machineId, 'ps -o user= -C openbox')).toMatch(/^test-ad/);
    await inGuest(first.machineId, 'echo mine >own && sync');
  }, 600_000);

  it('is maintained when somebody asks, while its session is left', async () => {
    const { sessionId, machineId } = first;
    await plantItems(machineId);
    const asked = await installation.api.machines.maintain({ id: machineId });
    const found = async () => {
      const own = (await installation.api.pools.list()).find(({ name }) => name === 'own');
      const { asked: runs } = await installation.api.pools.maintenance({ id: own?.id ?? '' });
      return runs.find(({ id }) => id === asked.id);
    };
    await installation.until('the end of it', async () => (await found())?.phase === 'ended', 180_000);
    expect(await found()).toMatchObject({
      machineId,
      outcome: 'failed',
      reason: '90-broken: it is broken',
      askedBy: 'operator',
      items: ITEMS,
    });
    expect(await ada.api.sessions.show({ id: sessionId })).toMatchObject({ phase: 'disconnected' });
  }, 300_000);

  it('is switched off after the log-off, and kept', async () => {
    await ada.api.sessions.end({ id: first.sessionId });
    await installation.until('the machine is off', async () => {
      const machine = await installation.api.machines.show({ id: first.machineId });
      return machine.phase === 'off' && (await host.machines.find(first.machineId)) === undefined;
    });
    const own = (await installation.api.pools.list()).find(({ name }) => name === 'own');
    await expect(installation.api.pools.delete({ id: own?.id ?? '' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  }, 600_000);

  it('boots again with what was saved on it', async () => {
    const own = (await installation.api.pools.list()).find(({ name }) => name === 'own');
    const again = await open(ada, own?.id);
    expect(await inGuest(again.machineId, 'cat own')).toBe('mine');
    await ada.api.sessions.end({ id: again.sessionId });
  }, 600_000);

  it.skipIf(process.env['ORANGERY_TEST_LONG'] !== '1')(
    'is restarted when it hangs, and has what was saved on it',
    async () => {
      const own = (await installation.api.pools.list()).find(({ name }) => name === 'own');
      for (const how of ['gently', 'hard'] as const) {
        const { sessionId, machineId } = await open(ada, own?.id);
        const booted = await inGuest(machineId, 'cat /proc/sys/kernel/random/boot_id');
        await ada.api.sessions.restart({ id: sessionId, how });
        await installation.until('that it is off', async () => {
          const { phase } = await installation.api.machines.show({ id: machineId });
          return phase === 'off' || phase === 'booting';
        });
        const again = await open(ada, own?.id);
        expect(again).toEqual({ sessionId, machineId });
        expect(await inGuest(machineId, 'cat /proc/sys/kernel/random/boot_id')).not.toBe(booted);
        expect(await inGuest(machineId, 'cat own')).toBe('mine');
      }
    },
    900_000,
  );
});
