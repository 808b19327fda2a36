import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostDriver } from '@orangery/hypervisor';
import { type PretendHost, startPretendHost } from '@orangery/lab';
import { SshChannel } from '@orangery/libvirt';
import { systemClock, systemRng } from '@orangery/std';
import { expect } from 'vitest';
import { Installation } from '../installation.ts';
import { startReady } from '../planted.ts';
import type { Person } from '../person.ts';
import type { KillPoint } from './kill-points.ts';
import { disorder, isSettled, openHost } from './order.ts';

const SETTLE_MS = 90_000;

/**
 * An installation with everything of which one may be killed: its server, its PostgreSQL, and the libvirtd of a host of
 * its own, as this machine's serves others too. One session, the witness's, lives through all of it.
 */
export class Scene {
  readonly installation: Installation;
  readonly far: PretendHost;
  readonly poolId: string;
  readonly guest: Person;
  /** Looks at the host past the server. */
  readonly host: HostDriver;
  readonly #witness: Person;
  readonly #witnessed: { sessionId: string; machineId: string };
  readonly #ends: AsyncDisposableStack;
  readonly #crashFile: string;

  private constructor(
    parts: Pick<Scene, 'installation' | 'far' | 'poolId' | 'guest' | 'host'>,
    witness: Person,
    witnessed: { sessionId: string; machineId: string },
    ends: AsyncDisposableStack,
    crashFile: string,
  ) {
    this.installation = parts.installation;
    this.far = parts.far;
    this.poolId = parts.poolId;
    this.guest = parts.guest;
    this.host = parts.host;
    this.#witness = witness;
    this.#witnessed = witnessed;
    this.#ends = ends;
    this.#crashFile = crashFile;
  }

  static async create(): Promise<Scene> {
    await using ends = new AsyncDisposableStack();
    const folder = await mkdtemp('/var/tmp/orangery-t-');
    ends.defer(() => rm(folder, { recursive: true, force: true }));
    const name = `c${systemRng.uuid().slice(0, 6)}`;
    const far = await startPretendHost({ folder: join(folder, 'far'), name });
    ends.defer(() => far.stop());
    const crashFile = join(folder, 'crash');
    const installation = await Installation.create({ ORANGERY_CRASH_FILE: crashFile });
    ends.defer(() => installation.purge());
    await startOn(installation, far, join(folder, 'far'));
    const host = await openHost(installation, channelTo(far));
    ends.defer(() => host.close());
    const witness = await installation.person();
    ends.defer(() => witness.close());
    const guest = await installation.person('person');
    ends.defer(() => guest.close());
    const [pool] = await installation.api.pools.list();
    if (pool === undefined) throw new Error('an installation starts with a pool');
    await installation.api.entitlements.add({ poolId: pool.id, principalId: guest.id });
    const { id: sessionId } = await witness.api.desktops.open({ id: pool.id });
    await look(witness, sessionId);
    const machineId = await machineOf(installation, sessionId);
    const parts = { installation, far, poolId: pool.id, guest, host };
    const scene = new Scene(parts, witness, { sessionId, machineId }, ends.move(), crashFile);
    await scene.settled();
    return scene;
  }

  /** The server sends itself the signal at this point, the next time that it is met. */
  async arm({ step, when }: KillPoint, signal: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
    await writeFile(this.#crashFile, `${step}:${when}:${signal}`);
  }

  settled(timeoutMs = SETTLE_MS): Promise<void> {
    return this.installation.until('order', () => isSettled(this.installation), timeoutMs);
  }

  /** Until the server has reached the host once more: until then the host may still be taken for what it was. */
  async looked(sinceMs = systemClock.now()): Promise<void> {
    await this.installation.until('a look of the hosts loop', async () => {
      const { seen_at } = await this.installation.db
        .selectFrom('host')
        .select('seen_at')
        .executeTakeFirstOrThrow();
      return seen_at !== null && seen_at.getTime() > sinceMs;
    });
  }

  /** Nothing twice, nothing lost, nothing left; the witness still has what it had, and sees it. */
  async expectOrder(): Promise<void> {
    expect(await disorder(this.installation, this.host)).toEqual([]);
    expect(await this.#unknownProcesses()).toEqual([]);
    const { sessionId, machineId } = this.#witnessed;
    expect(await machineOf(this.installation, sessionId)).toBe(machineId);
    await look(this.#witness, sessionId);
  }

  /** QEMUs of the host that its libvirtd knows nothing of: nobody would ever end them. */
  async #unknownProcesses(): Promise<string[]> {
    const known = (await this.host.machines.list()).map(({ id }) => id);
    const lines = (await this.far.inside('pgrep', '-a', 'qemu-system')).trim().split('\n');
    return lines.filter((line) => !known.some((id) => line.includes(`-uuid ${id}`)));
  }

  /** A desktop of the guest's, seen once. */
  async openForGuest(): Promise<void> {
    const session = await this.guest.api.desktops.open({ id: this.poolId });
    await look(this.guest, session.id);
  }

  async machineOfGuest(): Promise<string> {
    const [session] = (await this.guest.api.sessions.list({})).items;
    return machineOf(this.installation, session?.id ?? '');
  }

  async logGuestOff(): Promise<void> {
    for (const { id } of (await this.guest.api.sessions.list({})).items)
      await this.guest.api.sessions.end({ id });
  }

  async endGuestSessions(timeoutMs = SETTLE_MS): Promise<void> {
    await this.logGuestOff();
    await this.settled(timeoutMs);
  }

  async guestId(): Promise<string> {
    return (await this.guest.api.me.show()).id;
  }

  async close(): Promise<void> {
    await this.#ends.disposeAsync();
  }
}

async function startOn(installation: Installation, far: PretendHost, folder: string): Promise<void> {
  // Without loops first, so that this machine never becomes a host.
  await installation.start({ ORANGERY_ROLES: 'api' });
  await installation.db.deleteFrom('host').execute();
  const { address, privateKey, storagePath } = far;
  await installation.api.hosts.add({ name: 'far', address, privateKey, storagePath });
  await installation.stop();
  await startReady(installation, { folder: join(folder, 'root', storagePath), seenAs: storagePath });
}

function channelTo({ address, privateKey }: PretendHost): SshChannel {
  const { host, port, user: username, hostKeySha256 } = address;
  const hostKey = { kind: 'known', fingerprints: [hostKeySha256] } as const;
  return new SshChannel({ host, port, username, privateKey, hostKey });
}

async function machineOf({ db }: Installation, sessionId: string): Promise<string> {
  const { machine_id } = await db
    .selectFrom('session')
    .select('machine_id')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow();
  if (machine_id === null) throw new Error('the session has no machine');
  return machine_id;
}

/** Opens the viewer, sees a picture, closes it. */
async function look(person: Person, sessionId: string): Promise<void> {
  const viewer = await person.view(await person.ticket(sessionId));
  const update = viewer.rfb.nextUpdate(20_000);
  viewer.rfb.requestUpdate(false);
  await update;
  viewer.close();
  await viewer.closed;
}
