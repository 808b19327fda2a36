import { spawn } from 'node:child_process';
import { access, constants, copyFile, mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Clock, OrangeryError } from '@orangery/std';
import type { DedupeDriver, DedupeOptions, DedupeResult } from '../driver.ts';
import type { KvmStorage } from './storage.ts';

const PROGRAM = 'duperemove';
/**
 * What guests save begins at any multiple of their file system's 4 KiB, so larger blocks find nothing (measured: of
 * 400 MiB that three guests hold twice too often, 128 KiB blocks give back none, 4 KiB blocks all).
 */
const BLOCK_BYTES = 4096;
const LOOK_MS = 2_000;
const TAIL_LINES = 10;
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Shares equal blocks of volumes that are files of this machine, by the program duperemove and the kernel. */
export class FileDedupe implements DedupeDriver {
  readonly #storage: KvmStorage;
  readonly #clock: Clock;
  readonly #workFolder: string;

  constructor(parts: { storage: KvmStorage; clock: Clock; workFolder: string }) {
    this.#storage = parts.storage;
    this.#clock = parts.clock;
    this.#workFolder = parts.workFolder;
  }

  async obstacle(pool: string): Promise<string | undefined> {
    if (!(await isInstalled(PROGRAM))) return `The program ${PROGRAM} is missing: apt-get install ${PROGRAM}`;
    const folder = await this.#storage.pathOf(pool);
    if (await canShare(folder)) return undefined;
    return `The file system of ${folder} cannot share blocks between files: XFS (made with reflink=1) and btrfs can`;
  }

  async run(pool: string, volumes: readonly string[], options: DedupeOptions): Promise<DedupeResult> {
    const { signal } = options;
    const folder = await this.#storage.pathOf(pool);
    await mkdir(this.#workFolder, { recursive: true, mode: 0o700 });
    // Digests of what has been read before: the next time only what has changed is read.
    const digests = join(this.#workFolder, `${pool}.digests`);
    const usedBefore = await usedBytes(folder);
    try {
      await this.#program(
        digests,
        volumes.map((name) => join(folder, name)),
        options,
      );
    } catch (error) {
      // Its format may have changed with the program.
      if (!signal.aborted) await rm(digests, { force: true });
      throw error;
    }
    return { usedBefore, usedAfter: await usedBytes(folder) };
  }

  #program(digests: string, files: string[], { signal, mayRun, onProgress }: DedupeOptions): Promise<void> {
    signal.throwIfAborted();
    const program = `${PROGRAM} -d -b ${BLOCK_BYTES} --dedupe-options=partial --hashfile=${digests} -`;
    // Ends with us; behind everybody else for CPU and disk.
    const words = `--pdeathsig KILL -- nice -n 19 ionice -c 3 ${program}`.split(' ');
    const child = spawn('setpriv', words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: FOLDERS.join(delimiter), LC_ALL: 'C.UTF-8' },
    });
    const tail: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
        const match = /\((\d+)\/(\d+)\) Try to dedupe/.exec(line);
        if (match !== null) onProgress({ step: 'sharing', fraction: Number(match[1]) / Number(match[2]) });
      });
    }
    onProgress({ step: 'comparing', fraction: 0 });
    // It may end before it has read them all; its exit code tells.
    child.stdin.on('error', () => {});
    child.stdin.end(files.map((file) => `${file}\n`).join(''));
    const stopWatch = this.#watch(child.pid, mayRun, signal);
    return new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        stopWatch();
        reject(new OrangeryError('refused', `${PROGRAM} could not be started`, { cause }));
      });
      child.once('close', (code) => {
        stopWatch();
        if (signal.aborted) reject(signal.reason as Error);
        else if (code === 0) resolve();
        else reject(new OrangeryError('refused', `${PROGRAM} ended with ${code}: ${tail.join('; ')}`));
      });
    });
  }

  /** Stops the program while it may not run, and ends it when it is called off. */
  #watch(pid: number | undefined, mayRun: () => Promise<boolean>, signal: AbortSignal): () => void {
    let stands = false;
    let over = false;
    let cancel = (): void => {};
    const send = (name: NodeJS.Signals): void => {
      if (pid === undefined || over) return;
      try {
        process.kill(pid, name);
      } catch {
        // It has just ended by itself.
      }
    };
    const end = (): void => send('SIGKILL');
    const look = async (): Promise<void> => {
      // Who cannot be asked has trouble of its own.
      const may = await mayRun().catch(() => false);
      if (over) return;
      if (may === stands) send(may ? 'SIGCONT' : 'SIGSTOP');
      stands = !may;
      cancel = this.#clock.after(LOOK_MS, () => void look());
    };
    signal.addEventListener('abort', end, { once: true });
    void look();
    return () => {
      over = true;
      cancel();
      signal.removeEventListener('abort', end);
    };
  }
}

async function usedBytes(folder: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(folder);
  return (blocks - bfree) * bsize;
}

/** Found by sharing a file of one block. */
async function canShare(folder: string): Promise<boolean> {
  const one = join(folder, `.share-${process.pid}`);
  try {
    await writeFile(one, Buffer.alloc(BLOCK_BYTES, 1), { mode: 0o600 });
    await copyFile(one, `${one}.copy`, constants.COPYFILE_FICLONE_FORCE);
    return (await readFile(`${one}.copy`)).length === BLOCK_BYTES;
  } catch {
    return false;
  } finally {
    await rm(one, { force: true });
    await rm(`${one}.copy`, { force: true });
  }
}

async function isInstalled(program: string): Promise<boolean> {
  for (const folder of FOLDERS) {
    const there = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return true;
  }
  return false;
}
