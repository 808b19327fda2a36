import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dialLibvirt, Libvirt, LocalChannel } from '@orangery/libvirt';
import { type Clock, messageOf, OrangeryError, type Rng, systemClock, systemRng } from '@orangery/std';
import { CuttableSocket } from './cuttable-socket.ts';

/** What a connection to a test host opens. */
export const TEST_URI = 'test:///default';

const SCRIPT = fileURLToPath(new URL('test-host.sh', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

/**
 * A host of a fleet: a libvirtd of its own whose machines, volumes and pools exist in libvirt's test driver alone. They
 * are made, listed, and ended by the true RPC, thousands of them in some megabytes, and no guest runs.
 *
 *     (nothing) ── startTestHost ──▶ runs ── stop ──▶ (nothing)
 *                                    │ ▲
 *                     cut, or kill   ▼ │ mend, or startAgain
 *                                   away
 *
 * libvirt keeps a test host's machines as long as anybody is connected: whoever started it is, for all of its life. A
 * host that was cut off has its machines still; one that was killed has lost them, as by a power cut.
 */
export type TestHost = {
  readonly name: string;
  /** Where it listens for whoever is to be cut off. */
  readonly socket: string;
  /** Of libvirtd, for its figures; undefined while it is off. */
  readonly pid: number | undefined;
  /** The connection that holds its machines: nobody cuts it off. */
  readonly anchor: Libvirt;
  cut(): Promise<void>;
  mend(): Promise<void>;
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * @param options.folder made by us and removed at the end; short, as sockets lie in it
 * @param options.cuttable whether `cut` works: everything then passes through this process
 */
export async function startTestHost(options: {
  folder: string;
  name: string;
  cuttable?: boolean;
  clock?: Clock;
  rng?: Rng;
}): Promise<TestHost> {
  const { folder, name, cuttable = false, clock = systemClock, rng = systemRng } = options;
  await mkdir(folder, { recursive: true });
  const daemonSocket = join(folder, 'libvirt-sock');
  const settings = [
    `host_uuid = "${rng.uuid()}"`,
    `unix_sock_dir = "${folder}"`,
    'auth_unix_rw = "none"',
    'auth_unix_ro = "none"',
    'unix_sock_rw_perms = "0700"',
    `log_outputs = "3:file:${join(folder, 'libvirtd.log')}"`,
  ];
  await writeFile(join(folder, 'libvirtd.conf'), `${settings.join('\n')}\n`);
  const front = cuttable ? new CuttableSocket(join(folder, 'cut-sock'), daemonSocket) : undefined;
  let running = await begin();
  await front?.listen();

  return {
    name,
    socket: front?.path ?? daemonSocket,
    get pid() {
      return running?.pid;
    },
    get anchor() {
      if (running === undefined) throw new OrangeryError('hostOff', `${name} is off`);
      return running.anchor;
    },
    async cut() {
      if (front === undefined)
        throw new OrangeryError('notCuttable', `${name} was not started to be cut off`);
      await front.cut();
    },
    async mend() {
      await front?.listen();
    },
    kill: end,
    async startAgain() {
      running ??= await begin();
    },
    async stop() {
      await front?.cut();
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function begin(): Promise<{ child: ChildProcess; pid: number; anchor: Libvirt } | undefined> {
    await rm(daemonSocket, { force: true });
    // The kernel kills `unshare` when we die, and with it libvirtd.
    const namespaces = ['unshare', '-m', '-n', '-p', '-f', '--mount-proc', '--kill-child'];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...namespaces, 'bash', SCRIPT, folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4096);
    });
    const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
    for (;;) {
      try {
        const anchor = await Libvirt.connect({
          dial: dialLibvirt(new LocalChannel({ clock }), [daemonSocket]),
          uri: TEST_URI,
          clock,
          rng,
        });
        return { child, pid: await childOf(child), anchor };
      } catch (error) {
        const ended = child.exitCode !== null || child.signalCode !== null;
        if (ended || clock.monotonicMs() > deadline) {
          child.kill('SIGKILL');
          const why = said.trim() === '' ? messageOf(error) : said.trim();
          throw new OrangeryError('testHostNotStarted', `The test host ${name} did not start: ${why}`, {
            cause: error,
            fix: 'It needs root, util-linux and libvirt-daemon.',
          });
        }
        await clock.sleep(POLL_MS);
      }
    }
  }

  async function end(): Promise<void> {
    const ended = running;
    running = undefined;
    if (ended === undefined) return;
    const closed = once(ended.child, 'close');
    ended.child.kill('SIGKILL');
    await ended.anchor.close();
    await closed;
  }
}

/** `unshare` stays outside the new process namespace; its one child became libvirtd. */
async function childOf(child: ChildProcess): Promise<number> {
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}
