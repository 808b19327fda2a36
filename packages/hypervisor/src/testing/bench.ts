import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, OrangeryError, systemClock, systemRng } from '@orangery/std';
import type { MachineDescription, Mark, NetworkDescription } from '../description.ts';
import type { GuestResult, HostDriver, HostFacts } from '../driver.ts';

const run = promisify(execFile);
const POLL_MS = 250;

/** A host to try a driver on. Each call of `makeDriver` gives a driver of another installation on the same host. */
export type Subject = {
  driver: HostDriver;
  /** A folder of the host for a storage pool of its own, with 4 GiB of room; not there yet. */
  poolPath: string;
  /** The same on a file system of 48 MiB, to be filled up. */
  smallPoolPath: string;
  /** Makes a machine that bears no mark at all. */
  makeUnmarked(): Promise<{ id: string; remove: () => Promise<void> }>;
  /** How much memory of a machine's process the host's kernel keeps locked. */
  lockedBytes(id: string): Promise<number>;
  /** The hypervisor's management daemon, where a test may stop it. */
  daemon?: { stop(): Promise<void>; start(): Promise<void> };
  /** Removes what was made for the subject; the driver is closed before. */
  cleanup(): Promise<void>;
};

/** What the tests of one host share: the drivers, and what was made so far, from one part of the suite to the next. */
export class Bench {
  readonly subject: Subject;
  /** A driver of another installation on the same host. */
  readonly stranger: Subject;
  /** One more driver of one more installation; the test closes it. */
  readonly another: () => Promise<Subject>;
  readonly image: { path: string; bytes: number };
  readonly pool: string;
  readonly network: string;
  readonly folder: string;
  facts: HostFacts | undefined;

  private constructor(
    subject: Subject,
    stranger: Subject,
    another: () => Promise<Subject>,
    image: { path: string; bytes: number },
    folder: string,
  ) {
    this.subject = subject;
    this.stranger = stranger;
    this.another = another;
    this.image = image;
    this.folder = folder;
    const { installationId } = subject.driver;
    this.pool = `conformance-${installationId.slice(0, 8)}`;
    this.network = `cnf-${installationId.slice(0, 8)}`;
  }

  static async make(
    makeDriver: () => Promise<Subject>,
    image: { path: string; bytes: number },
  ): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'orangery-conformance-'));
    return new Bench(await makeDriver(), await makeDriver(), makeDriver, image, folder);
  }

  get driver(): HostDriver {
    return this.subject.driver;
  }

  mark(kind: Mark['kind'], rowId: string): Mark {
    return { installationId: this.driver.installationId, generation: 3, kind, rowId };
  }

  /** A network for any machine, whose machines do not see each other. */
  nat(name: string): NetworkDescription & { kind: 'nat' | 'routed' | 'isolated' } {
    return { name, mark: this.mark('network', 'n'), kind: 'nat', neighbours: false };
  }

  describe(kind: 'machine' | 'template', volume: string, id = systemRng.uuid()): MachineDescription {
    return {
      id,
      name: `${kind}-${id.slice(0, 8)}`,
      mark: this.mark(kind, id),
      cpus: 2,
      memoryMib: 1024,
      firmware: 'bios',
      disk: { pool: this.pool, volume },
      nics: [],
      accelerator: this.facts?.accelerator ?? 'tcg',
      cpu: this.facts?.accelerator === 'kvm' ? { mode: 'hostModel' } : { mode: 'maximum' },
      display: { width: 1024, height: 768 },
    };
  }

  /** Runs a program in a guest; one that fails is an error. */
  async guest(id: string, path: string, args: string[] = [], input?: string): Promise<string> {
    const result: GuestResult = await this.driver.machines.exec(id, {
      path,
      args,
      timeoutMs: 60_000,
      ...(input === undefined ? {} : { input }),
    });
    if (result.exitCode === 0) return result.stdout.trim();
    throw new OrangeryError('guestProgramFailed', `${path} ended with ${result.exitCode}: ${result.stderr}`);
  }

  /** A small qcow2 file with content that does not compress. */
  async smallImage(bytes: number): Promise<string> {
    const path = join(this.folder, `${systemRng.uuid()}.qcow2`);
    await writeFile(`${path}.raw`, systemRng.bytes(bytes));
    await run('qemu-img', ['convert', '-O', 'qcow2', `${path}.raw`, path]);
    return path;
  }

  /** Takes everything down that the tests made on the host, however far they came. */
  async remove(): Promise<void> {
    const { driver } = this;
    for (const machine of await driver.machines.list()) {
      if (machine.mark?.installationId === driver.installationId) await driver.machines.destroy(machine.id);
    }
    for (const pool of [this.pool, `${this.pool}-small`]) {
      const volumes = await driver.storage.list(pool).catch(() => []);
      for (const { name } of volumes) await driver.storage.delete(pool, name);
      await driver.storage.deletePool(pool);
    }
    for (const { name } of await driver.networks.list()) await driver.networks.delete(name);
    for (const each of [this.stranger, this.subject]) {
      await each.driver.close();
      await each.cleanup();
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Asks again until `ask` gives something, or the time is over. Errors with one of `codes` mean "not yet". */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
  codes: string[] = ['guestProgramFailed', 'agentUnavailable'],
): Promise<T> {
  const deadline = systemClock.monotonicMs() + timeoutMs;
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (!codes.includes(codeOf(error) ?? '') || systemClock.monotonicMs() > deadline) throw error;
      return undefined;
    });
    if (answer !== undefined) return answer;
    if (systemClock.monotonicMs() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await systemClock.sleep(POLL_MS);
  }
}
