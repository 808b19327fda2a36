import { mkdtemp, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type PretendHost, startPretendHost } from '@orangery/lab';
import { isDesktopPainted } from '@orangery/rfb';
import { systemClock, systemRng } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { startReady } from '../planted.ts';
import type { Person, Viewer } from '../person.ts';

/** The click and the pixels once more, with a host that is reached over SSH by an account of least rights. */
describe('a desktop on a host over SSH', () => {
  let folder: string;
  let host: PretendHost;
  let installation: Installation;
  let person: Person;
  let viewer: Viewer;
  let sessionId = '';

  beforeAll(async () => {
    folder = await mkdtemp('/var/tmp/orangery-remote-');
    host = await startPretendHost({ folder: join(folder, 'host'), name: `r${systemRng.uuid().slice(0, 6)}` });
    installation = await Installation.create();
    // Without loops first, so that this machine never becomes a host.
    await installation.start({ ORANGERY_ROLES: 'api' });
    await installation.db.deleteFrom('host').execute();
    await installation.api.hosts.add({
      name: 'remote',
      address: host.address,
      privateKey: host.privateKey,
      storagePath: host.storagePath,
    });
    await installation.stop();
    const { storagePath } = host;
    await startReady(installation, {
      folder: join(folder, 'host', 'root', storagePath),
      seenAs: storagePath,
    });
  });

  afterAll(async () => {
    viewer?.close();
    await person?.close();
    await installation?.purge();
    await host?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is made from an image that was streamed there, on what that host can do', async () => {
    const [known] = await installation.api.hosts.list();
    expect(known).toMatchObject({ name: 'remote', phase: 'ready', reason: null });
    expect(known?.facts?.accelerator).toMatch(/^(kvm|tcg)$/);
    expect(known?.storage?.path).toBe(host.storagePath);
    const { rows } = { rows: await installation.db.selectFrom('host').select('facts').execute() };
    expect(JSON.stringify(rows)).not.toContain(`"hostname":"${hostname()}"`);
  });

  it('keeps the host’s private key sealed', async () => {
    const { key_sealed: sealed } = await installation.db
      .selectFrom('host')
      .select('key_sealed')
      .executeTakeFirstOrThrow();
    expect(sealed).not.toBeNull();
    expect(sealed?.toString('latin1')).not.toContain('PRIVATE KEY');
    expect(await installation.log()).not.toContain('PRIVATE KEY');
  });

  it('opens, painted, through the gateway and the SSH connection', async () => {
    const administrator = await installation.person();
    person = administrator;
    const [desktop] = await person.api.desktops.list();
    const session = await person.api.desktops.open({ id: desktop?.poolId ?? '' });
    sessionId = session.id;
    viewer = await person.view(await person.ticket(sessionId));
    const deadline = systemClock.monotonicMs() + 60_000;
    do {
      viewer.rfb.requestUpdate(false);
      await viewer.rfb.nextUpdate();
    } while (!isDesktopPainted(viewer.rfb.frame) && systemClock.monotonicMs() < deadline);
    expect(isDesktopPainted(viewer.rfb.frame)).toBe(true);
  });

  it('shares the clipboard and follows the window, through the machine’s channel there', async () => {
    await viewer.control('notice', ({ code }) => code === 'agentReady', 60_000);
    viewer.channel.sendResize(1024, 700);
    const deadline = systemClock.monotonicMs() + 60_000;
    while (viewer.rfb.size.width !== 1024 && systemClock.monotonicMs() < deadline) {
      viewer.rfb.requestUpdate(true);
      await viewer.rfb.nextUpdate(5_000).catch(() => {});
    }
    expect(viewer.rfb.size).toEqual({ width: 1024, height: 700 });
  });

  it('is thrown away at the log-off, disk and all', async () => {
    const machine = (await person.api.sessions.show({ id: sessionId })).machine?.id;
    await person.api.sessions.end({ id: sessionId });
    await installation.until('the end of the machine', async () => {
      const rows = await installation.db
        .selectFrom('machine')
        .select('id')
        .where('id', '=', machine ?? '')
        .execute();
      return rows.length === 0;
    });
    expect(await installation.api.system.quarantine()).toEqual([]);
  });
});
