import { type HostDriver, parsePicture } from '@orangery/hypervisor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Installation } from '../installation.ts';
import type { Person, Viewer } from '../person.ts';

/** What people do with the machines of one installation; made by the file that calls this, with a template of its own. */
export type PoolScene = { installation: Installation; host: HostDriver; poolId: string };

let installation: Installation;
let host: HostDriver;
let poolId: string;
let ada: Person & { id: string };
let bob: Person & { id: string };

const locale = { language: 'de_DE', timeZone: 'Europe/Berlin', keyboard: 'de' };

/** In the session of the machine, as its person. */
async function inGuest(machineId: string, script: string): Promise<string> {
  const session = 'DISPLAY=:0 XAUTHORITY=/run/user/1000/Xauthority XDG_RUNTIME_DIR=/run/user/1000';
  const result = await host.machines.exec(machineId, {
    path: '/bin/sh',
    args: ['-c', `exec runuser -u "$(id -nu 1000)" -- env ${session} sh -c "$0"`, script],
    timeoutMs: 60_000,
  });
  expect(result.exitCode, `${script}: ${result.stdout} ${result.stderr}`).toBe(0);
  return result.stdout.trim();
}

async function untilInGuest(machineId: string, script: string, wanted: string | RegExp): Promise<void> {
  let last = '';
  await installation
    .until(script, async () => {
      last = await inGuest(machineId, script);
      return typeof wanted === 'string' ? last === wanted : wanted.test(last);
    })
    .catch((error: unknown) => {
      throw new Error(`it printed ${last}`, { cause: error });
    });
}

async function view(person: Person, sessionId: string): Promise<Viewer> {
  const viewer = await person.view(await person.ticket(sessionId));
  viewer.rfb.requestUpdate(false);
  await viewer.rfb.nextUpdate(20_000);
  return viewer;
}

const machineOf = async (person: Person, id: string): Promise<string> =>
  (await person.api.sessions.show({ id })).machine?.id ?? '';

/** Applications, and what people do themselves about a session. */
export function describeApplications(scene: () => PoolScene): void {
  beforeAll(async () => {
    ({ installation, host, poolId } = scene());
    ada = await installation.person('person');
    bob = await installation.person('person');
  });

  afterAll(async () => {
    await ada?.close();
    await bob?.close();
  });

  describe('programs of an image', () => {
    it('are known, with their pictures, once its template is made', async () => {
      const programs = await installation.api.applications.programs({ id: poolId });
      const terminal = programs.find(({ program }) => program === 'debian-xterm.desktop');
      expect(terminal).toMatchObject({ name: 'XTerm' });
      expect(programs.some(({ icon }) => icon?.startsWith('iVBOR') === true)).toBe(true);
      for (const [name, program] of [
        ['terminal', 'debian-xterm.desktop'],
        ['unicode', 'debian-uxterm.desktop'],
      ] as const) {
        const { id } = await installation.api.applications.create({ name, poolId, program });
        await installation.api.applications.entitle({ id, principalId: ada.id });
      }
    });
  });

  describe('an application', () => {
    let sessionId: string;
    let machineId: string;
    const windows = 'xprop -root -notype _NET_CLIENT_LIST | grep -o 0x | wc -l';

    it('fills the window, without a frame, a panel or a desktop, in the person’s language', async () => {
      const mine = await ada.api.applications.mine();
      expect(mine.map(({ title }) => title)).toEqual(['UXTerm', 'XTerm']);
      await expect(bob.api.applications.open({ id: mine[1]?.id ?? '' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      await expect(ada.api.desktops.open({ id: poolId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const session = await ada.api.applications.open({ id: mine[1]?.id ?? '', locale });
      sessionId = session.id;
      const viewer = await view(ada, sessionId);
      machineId = await machineOf(ada, sessionId);
      await untilInGuest(machineId, windows, '1');
      await untilInGuest(
        machineId,
        'w=$(xdotool search --onlyvisible --class xterm | head -1); xdotool getwindowgeometry $w | grep -o "[0-9]*x[0-9]*$"',
        // Characters do not divide every screen.
        /^1(?:27\d|280)x(?:79\d|800)$/,
      );
      expect(
        await inGuest(machineId, 'xprop -id $(xdotool search --class xterm | head -1) _NET_FRAME_EXTENTS'),
      ).toContain('= 0, 0, 0, 0');
      expect(await inGuest(machineId, 'pgrep -x tint2 || echo none')).toBe('none');
      expect(await inGuest(machineId, 'setxkbmap -query | grep layout')).toMatch(/\bde$/);
      expect(
        await inGuest(machineId, 'tr "\\0" "\\n" </proc/$(pgrep -x xterm | head -1)/environ | grep ^LANG'),
      ).toBe('LANG=de_DE.UTF-8');
      expect(await inGuest(machineId, 'date +%Z')).toMatch(/^CES?T$/);
      viewer.close();
      await viewer.closed;
    });

    it('is not started again by a second click, and another one opens beside it', async () => {
      const mine = await ada.api.applications.mine();
      expect(mine.find(({ title }) => title === 'XTerm')?.session?.id).toBe(sessionId);
      await ada.api.applications.open({ id: mine[1]?.id ?? '' });
      const second = await ada.api.applications.open({ id: mine[0]?.id ?? '' });
      expect(second.id).toBe(sessionId);
      await untilInGuest(machineId, windows, '2');
      expect((await ada.api.sessions.show({ id: sessionId })).programs).toEqual(['XTerm', 'UXTerm']);
    });

    it('goes on while one window is open, and ends with the last', async () => {
      await inGuest(machineId, 'kill $(pgrep -x xterm | head -1)');
      await untilInGuest(machineId, windows, '1');
      await untilInGuest(machineId, 'cat /run/user/1000/orangery-programs', 'open');
      expect(await ada.api.sessions.show({ id: sessionId })).toMatchObject({ endedAt: null });
      await inGuest(machineId, 'pkill -x xterm');
      await installation.until(
        'the end of the session',
        async () => (await ada.api.sessions.show({ id: sessionId })).endedAt !== null,
      );
      expect(await ada.api.sessions.show({ id: sessionId })).toMatchObject({
        reason: 'its last window was closed',
      });
    });

    it('becomes a whole desktop where that is opened: with its panel, and frames around windows', async () => {
      const [application] = await ada.api.applications.mine();
      const { id } = await ada.api.applications.open({ id: application?.id ?? '' });
      const alone = await view(ada, id);
      alone.close();
      await alone.closed;
      machineId = await machineOf(ada, id);
      await untilInGuest(machineId, windows, '1');
      await installation.api.entitlements.add({ poolId, principalId: ada.id });
      expect((await ada.api.desktops.open({ id: poolId })).id).toBe(id);
      await untilInGuest(machineId, 'pgrep -cx tint2', '1');
      await untilInGuest(
        machineId,
        'xprop -id $(xdotool search --class xterm | head -1) _NET_FRAME_EXTENTS',
        /= [1-9]/,
      );
      await inGuest(machineId, 'pkill -x xterm');
      await untilInGuest(machineId, 'pgrep -x xterm || echo none', 'none');
      // A desktop does not end with its last window.
      const { machine } = await ada.api.sessions.show({ id });
      expect(machine?.id).toBe(machineId);
      await ada.api.sessions.end({ id });
    });
  });

  describe('a session that is open elsewhere', () => {
    let sessionId: string;

    beforeAll(async () => {
      await installation.api.entitlements.add({ poolId, principalId: bob.id });
      sessionId = (await bob.api.desktops.open({ id: poolId, locale })).id;
    });

    it('shows what it shows to its person and to administrators, and each look is written down', async () => {
      const viewer = await view(bob, sessionId);
      const { png, width } = await bob.api.sessions.picture({ id: sessionId });
      const picture = parsePicture(Buffer.from(png, 'base64'));
      expect(picture.width).toBe(width);
      expect(width).toBeLessThanOrEqual(800);
      await expect(ada.api.sessions.picture({ id: sessionId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const machineId = await machineOf(bob, sessionId);
      await expect(ada.api.machines.picture({ id: machineId })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(installation.api.machines.picture({ id: machineId })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
      await installation.api.machines.picture({ id: machineId, because: 'he is not at his desk' });
      const actions = (await installation.api.audit.list({ limit: 20 })).items.map(({ action }) => action);
      expect(actions).toEqual(expect.arrayContaining(['session.picture', 'machine.picture']));
      viewer.close();
      await viewer.closed;
    });

    it('is disconnected there, and told by whom', async () => {
      const viewer = await view(bob, sessionId);
      await installation.until(
        'the viewer in the row',
        async () => (await bob.api.sessions.show({ id: sessionId })).phase === 'connected',
      );
      expect((await bob.api.sessions.show({ id: sessionId })).viewer).toMatchObject({ address: '127.0.0.1' });
      await bob.api.sessions.disconnect({ id: sessionId });
      await viewer.closed;
      expect(await viewer.control('closed')).toMatchObject({
        code: 'sentAway',
        reason: expect.stringContaining('you disconnected it') as string,
      });
    });

    it('goes on with a fresh machine when the old one is restarted', async () => {
      const viewer = await view(bob, sessionId);
      const before = await machineOf(bob, sessionId);
      await bob.api.sessions.restart({ id: sessionId, how: 'hard' });
      await viewer.closed;
      expect((await viewer.control('closed')).code).toBe('machineReplaced');
      const again = await view(bob, sessionId);
      expect(await machineOf(bob, sessionId)).not.toBe(before);
      again.close();
      await again.closed;
      await installation.until(
        'the end of the old machine',
        async () => (await host.machines.find(before)) === undefined,
      );
      expect((await bob.api.me.usage({ timeZone: 'Europe/Berlin' })).month.sessionMs).toBeGreaterThan(0);
      await bob.api.sessions.end({ id: sessionId });
    });
  });
}
