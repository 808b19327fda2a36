import { readFile } from 'node:fs/promises';

/** A process by its id and the moment it began (in ticks since boot), as ids are used again. */
export type ProcessIdentity = { pid: number; startTicks: string };

/** Field 22 of /proc/PID/stat (proc(5)); the fields are counted after the name, which may hold spaces. */
const START_TICKS_AFTER_NAME = 19;

export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = fields[START_TICKS_AFTER_NAME];
  // A zombie has ended, whoever has not asked for its exit code yet.
  if (startTicks === undefined || fields[0] === 'Z') return undefined;
  return { pid, startTicks };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identityOf(identity.pid))?.startTicks === identity.startTicks;
}
