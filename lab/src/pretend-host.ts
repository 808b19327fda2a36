import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Clock,
  messageOf,
  OrangeryError,
  type Rng,
  systemClock,
  systemRng,
  withDeadline,
} from '@orangery/std';
import { ACCOUNT, writeHostFiles } from './host-files.ts';
import { type Link, makeLink, removeLink } from './link.ts';
import { claim, release } from './records.ts';
import { run } from './run.ts';

/**
 * A second host on this machine: its own network, mount, UTS and process namespaces with its own libvirt daemons and SSH
 * server, entered as an account with the least rights that work.
 *
 *     (nothing) ── startPretendHost ──▶ runs ── stop ──▶ (nothing)
 *                                        │ kill
 *                                        ▼
 *                                  without power ── startAgain ──▶ runs
 *
 * It lives no longer than the process that started it: the kernel kills it then. What it shares with this machine is the
 * kernel (time, page cache, control groups) and every folder that is not laid over; what only whole kernels can show
 * (watchdogs, multipath, reboots) it cannot.
 */
export type PretendHost = {
  address: { kind: 'ssh'; host: string; port: number; user: string; hostKeySha256: string };
  /** OpenSSH format. */
  privateKey: string;
  /** As the host sees it. On this machine that folder lies below `folder`, so a path taken for this machine's fails. */
  storagePath: string;
  /** Runs a program as root inside the host; returns its standard output. */
  inside: (program: string, ...args: string[]) => Promise<string>;
  stopLibvirt(): Promise<void>;
  startLibvirt(): Promise<void>;
  /** Cuts its power: every process is gone, what it wrote stays. */
  kill(): Promise<void>;
  /** Gives it power again. Its machines are off, its address and keys are what they were. */
  startAgain(): Promise<void>;
  /** Ends it and removes its interfaces, namespaces and folder. May be called again. */
  stop(): Promise<void>;
};

/** A bridge's name is `olb-` and this, of at most 15 characters. */
const NAME = /^[a-z][a-z0-9-]{0,10}$/;
const START_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

export async function startPretendHost(options: {
  /** Made by us and removed at the end, whatever is in it. */
  folder: string;
  name: string;
  clock?: Clock;
  rng?: Rng;
}): Promise<PretendHost> {
  const { folder, name, clock = systemClock, rng = systemRng } = options;
  if (!NAME.test(name))
    throw new OrangeryError('badName', `"${name}" is no name for a pretend host: ${NAME}`);
  await claim(name, folder);
  let link: Link | undefined;
  let init: Init | undefined;
  const stop = async (): Promise<void> => {
    await init?.kill();
    await removeLink(name);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await release(name);
  };
  try {
    link = await makeLink(name);
    const keys = await writeHostFiles(folder, { name, address: link.address, uuid: rng.uuid() });
    const begin = (): Promise<Init> => Init.start(folder, name, clock);
    init = await begin();
    const inside = (program: string, ...args: string[]): Promise<string> => {
      if (init === undefined) return Promise.reject(new OrangeryError('hostOff', `${name} has no power`));
      return init.inside(program, ...args);
    };
    return {
      address: {
        kind: 'ssh',
        host: link.address,
        port: 22,
        user: ACCOUNT,
        hostKeySha256: keys.hostKeySha256,
      },
      privateKey: keys.privateKey,
      storagePath: '/var/lib/orangery',
      inside,
      stopLibvirt: () => stopLibvirt(inside, clock),
      startLibvirt: () => inside(join(folder, 'start-libvirt.sh')).then(() => {}),
      async kill() {
        await init?.kill();
        init = undefined;
      },
      async startAgain() {
        init ??= await begin();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopLibvirt(inside: PretendHost['inside'], clock: Clock): Promise<void> {
  const pid = (await inside('cat', '/run/libvirt/libvirtd.pid')).trim();
  await inside('kill', pid);
  await withDeadline(clock, END_TIMEOUT_MS, 'the end of libvirtd', async (signal) => {
    const runs = (): Promise<boolean> =>
      inside('kill', '-0', pid).then(
        () => true,
        () => false,
      );
    while (await runs()) await clock.sleep(POLL_MS, signal);
  });
}

/** The first process of the host, from our side. */
class Init {
  readonly #child: ChildProcess;
  readonly #pid: number;
  readonly #ended: Promise<void>;
  readonly #clock: Clock;

  private constructor(child: ChildProcess, pid: number, ended: Promise<void>, clock: Clock) {
    this.#child = child;
    this.#pid = pid;
    this.#ended = ended;
    this.#clock = clock;
  }

  static async start(folder: string, name: string, clock: Clock): Promise<Init> {
    // The kernel kills `ip` (which becomes `unshare`) when we die, and with it the host's first process.
    const namespaces = `ip netns exec orangery-lab-${name} unshare -m -u -p -f --mount-proc --kill-child`;
    const child = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        '--',
        ...namespaces.split(' '),
        'bash',
        join(folder, 'host-init.sh'),
        folder,
        name,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      },
    );
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4096);
    });
    try {
      await withDeadline(clock, START_TIMEOUT_MS, `the start of the pretend host ${name}`, () => {
        return new Promise<void>((resolve, reject) => {
          child.stdout.on('data', (chunk: Buffer) => chunk.includes('ready') && resolve());
          child.once('error', reject);
          child.once('close', () => reject(new Error('its first process ended')));
        });
      });
      return new Init(child, await firstProcess(child), ended, clock);
    } catch (error) {
      child.kill('SIGKILL');
      const log = await readFile(join(folder, 'root/var/log/libvirt/libvirtd.log'), 'utf8').catch(() => '');
      throw new OrangeryError(
        'pretendHostNotStarted',
        `The pretend host ${name} did not start: ${messageOf(error)}\n${said}\n${log.slice(-2048)}`,
        { cause: error },
      );
    }
  }

  inside(program: string, ...args: string[]): Promise<string> {
    return run('nsenter', ['-t', String(this.#pid), '-m', '-u', '-n', '-p', '--', program, ...args]);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    // `close` comes when nobody holds its outputs any more: when the last of its processes is gone.
    await withDeadline(this.#clock, END_TIMEOUT_MS, 'the end of a pretend host', () => this.#ended);
  }
}

/** `unshare` stays outside the new process namespace; its one child is the first process inside. */
async function firstProcess(child: ChildProcess): Promise<number> {
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  const pid = Number(children.trim().split(' ')[0]);
  if (pid > 1) return pid;
  throw new Error('its first process is not to be found');
}
