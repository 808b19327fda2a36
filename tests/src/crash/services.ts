import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster } from '@orangery/database';
import type { Scene } from './scene.ts';

/** What the server stands on: killed as by kill -9, with nothing of it left, and started again as its system would. */
export type Service = { kill(scene: Scene): Promise<void>; start(scene: Scene): Promise<unknown> };

const END_MS = 30_000;

export const services: Record<'PostgreSQL' | 'libvirtd', Service> = {
  PostgreSQL: {
    async kill({ installation }) {
      const file = join(installation.folder, 'postgres', 'data', 'postmaster.pid');
      const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      process.kill(pid, 'SIGKILL');
      // Its other processes notice a little later; until then they answer, and hold its memory. It itself counts as
      // running for whoever looks for its id until its parent has asked for its exit code.
      const pids = [pid, ...children.trim().split(' ').map(Number)];
      await installation.until('the end of PostgreSQL', async () => !(await anyAlive(pids)), END_MS);
    },
    start: ({ installation }) => startCluster(join(installation.folder, 'postgres')),
  },
  libvirtd: {
    async kill({ installation, far }) {
      const pid = (await far.inside('cat', '/run/libvirt/libvirtd.pid')).trim();
      await far.inside('kill', '-9', pid);
      const isGone = (): Promise<boolean> =>
        far.inside('kill', '-0', pid).then(
          () => false,
          () => true,
        );
      await installation.until('the end of libvirtd', isGone, END_MS);
    },
    start: ({ far }) => far.startLibvirt(),
  },
};

async function anyAlive(pids: readonly number[]): Promise<boolean> {
  const states = await Promise.all(pids.map(stateOf));
  return states.some((state) => state !== undefined);
}

/** The state letter of proc(5), `T` for one that stands still; undefined when there is no such process. */
export async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[0];
}
