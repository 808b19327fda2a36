import { readFile, readdir } from 'node:fs/promises';

/** Of proc(5) and times(2) on Linux. */
const TICKS_PER_S = 100;
const PAGE_BYTES = 4_096;

type Look = { cpuS: number; residentBytes: number };

/** Processor time of a process since it began, in seconds, and its memory; undefined: it is gone. */
async function lookAt(pid: number): Promise<Look | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // After the name, which may hold anything, comes field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** Adds up the processor time of groups of processes that come and go: what was seen of one that ended still counts. */
export class CpuMeter {
  readonly #pids: () => Promise<readonly number[]>;
  readonly #seen = new Map<number, number>();
  #totalS = 0;
  residentBytesMax = 0;

  constructor(pids: () => Promise<readonly number[]>) {
    this.#pids = pids;
  }

  /** Processor seconds since the first look. */
  async look(): Promise<number> {
    let resident = 0;
    for (const pid of await this.#pids()) {
      const look = await lookAt(pid);
      if (look === undefined) continue;
      const before = this.#seen.get(pid);
      if (before !== undefined) this.#totalS += Math.max(0, look.cpuS - before);
      this.#seen.set(pid, look.cpuS);
      resident += look.residentBytes;
    }
    this.residentBytesMax = Math.max(this.residentBytesMax, resident);
    return this.#totalS;
  }
}

/** A process and its children. */
export async function withChildren(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return [pid, ...children.join(' ').trim().split(/\s+/).filter(Boolean).map(Number)];
}
