import { statfs } from 'node:fs/promises';
import { type Clock, codeOf, messageOf, OrangeryError } from '@orangery/std';

/** Below this much free space a failed step is taken to have failed for it. */
const FULL_BYTES = 4 * 1024 * 1024;

/** With less than this free twice in a row, the disk is full even if the program that fills it does not say so. */
const EXHAUSTED_BYTES = 64 * 1024;
const WATCH_MS = 1000;

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws OrangeryError `diskFull` when `folder` has less free space than `neededBytes` */
export async function requireSpace(folder: string, neededBytes: number, what: string): Promise<void> {
  const free = await freeBytes(folder);
  if (free < neededBytes) throw diskFull(folder, neededBytes, free, what);
}

/** The error as `diskFull` if it came from a full disk, else as it is. */
export async function explainFull(
  error: unknown,
  folder: string,
  neededBytes: number,
  what: string,
): Promise<unknown> {
  if (codeOf(error) === 'diskFull') return error;
  const free = await freeBytes(folder);
  const full =
    codeOf(error) === 'ENOSPC' || /No space left on device|ENOSPC|enough free space/i.test(messageOf(error));
  return full || (codeOf(error) === 'commandFailed' && free < FULL_BYTES)
    ? diskFull(folder, neededBytes, free, what, error)
    : error;
}

/**
 * Runs `work` with a signal that is aborted when `folder` has no space left. Needed because not every program
 * ends then: apt 2.6 waits for ever for its download method, which could not write.
 */
export async function whileThereIsSpace<T>(
  clock: Clock,
  folder: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const finished = new AbortController();
  const exhausted = new AbortController();
  const watch = async (): Promise<void> => {
    for (let full = 0; full < 2;) {
      await clock.sleep(WATCH_MS, finished.signal);
      full = (await freeBytes(folder)) < EXHAUSTED_BYTES ? full + 1 : 0;
    }
    exhausted.abort(Object.assign(new Error('No space left on device'), { code: 'ENOSPC' }));
  };
  const watching = watch().catch(() => {});
  try {
    return await work(
      AbortSignal.any(signal === undefined ? [exhausted.signal] : [signal, exhausted.signal]),
    );
  } finally {
    finished.abort();
    await watching;
  }
}

function diskFull(
  folder: string,
  needed: number,
  free: number,
  what: string,
  cause?: unknown,
): OrangeryError {
  return new OrangeryError(
    'diskFull',
    `${what} needs about ${megabytes(needed)} of free space in ${folder}, found ${megabytes(free)}`,
    {
      cause,
      fix: `Free ${megabytes(Math.max(needed - free, 1024 * 1024))} on that file system or choose another folder, then build again: it goes on after the last finished step.`,
    },
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
