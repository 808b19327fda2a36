import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, invariant, OrangeryError } from '@orangery/std';
import { removeLink } from './link.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Which pretend hosts there are on this machine, and whose: what a killed owner left is found by it. */
const RECORDS = '/run/orangery/lab';

export type HostRecord = { name: string; folder: string; owner: ProcessIdentity };

const fileOf = (name: string): string => join(RECORDS, `${name}.json`);

/** Enters the name; removes first what owners left that have died. */
export async function claim(name: string, folder: string): Promise<void> {
  await mkdir(RECORDS, { recursive: true });
  await removeLeftovers();
  const owner = await identityOf(process.pid);
  invariant(owner !== undefined, 'this process is alive');
  const record: HostRecord = { name, folder, owner };
  try {
    await writeFile(fileOf(name), JSON.stringify(record), { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new OrangeryError('pretendHostRuns', `A pretend host named ${name} is there already`, {
      cause: error,
      fix: 'Stop it, or choose another name: its network interfaces carry the name.',
    });
  }
}

export async function release(name: string): Promise<void> {
  await rm(fileOf(name), { force: true });
}

/**
 * An owner's death ends its hosts' processes (the kernel does it), not their network namespaces, interfaces and
 * folders.
 */
async function removeLeftovers(): Promise<void> {
  for (const file of await readdir(RECORDS)) {
    const record = await read(join(RECORDS, file));
    if (record === undefined || (await isAlive(record.owner))) continue;
    await removeLink(record.name);
    await rm(record.folder, { recursive: true, force: true });
    await release(record.name);
  }
}

async function read(path: string): Promise<HostRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as HostRecord;
  } catch {
    // Another process removes it or is just writing it.
    return undefined;
  }
}
