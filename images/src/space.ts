import { statfs } from 'node:fs/promises';
import { codeOf, messageOf, OrangeryError } from '@orangery/std';

/** Below this much free space a failed step is taken to have failed for it. */
const FULL_BYTES = 4 * 1024 * 1024;

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
