import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDatabase, migrate, startCluster, stopCluster } from '@orangery/database';
import type { TestProject } from 'vitest/node';

/** Reachable by PostgreSQL's account, and short enough for a socket's path. */
const PARENT = '/var/tmp';
const PREFIX = 'orangery-test-db-';

/** For the project "database": a private PostgreSQL cluster with a migrated database to clone. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const folder = await mkdtemp(join(PARENT, `${PREFIX}${process.pid}-`));
  const end = async (): Promise<void> => {
    await stopCluster(folder);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { url } = await startCluster(folder);
    const { db, close } = connectDatabase(url, () => {});
    await migrate(db);
    await close();
    project.provide('templateDatabaseUrl', url);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** Clusters of runs that were killed live on: their folders name the process that started them. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(PARENT)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : 0;
    if (pid === 0 || (await isAlive(pid))) continue;
    const folder = join(PARENT, name);
    await stopCluster(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): Promise<boolean> {
  return access(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}
