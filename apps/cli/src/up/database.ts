import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster } from '@orangery/database';
import { OrangeryError } from '@orangery/std';
import { exists } from '../exists.ts';

/** There once the installation's rows lie in a PostgreSQL of others; where that is, only DATABASE_URL says. */
const ELSEWHERE_FILE = 'database-elsewhere';

/**
 * The database of this state folder: that of DATABASE_URL, else a private cluster, which is started. Whoever forgets the
 * variable must not get a second, empty installation that knows nothing of the machines of the first.
 */
export async function openDatabaseOf(
  stateFolder: string,
  databaseUrl: string | undefined,
): Promise<{ url: string; how: string }> {
  if (databaseUrl !== undefined && databaseUrl !== '') return { url: databaseUrl, how: 'DATABASE_URL' };
  if (await exists(join(stateFolder, ELSEWHERE_FILE))) {
    throw new OrangeryError(
      'databaseUrlMissing',
      `What ${stateFolder} is part of lies in the PostgreSQL that DATABASE_URL named, and DATABASE_URL is not set`,
      { fix: 'Set it as it was at the first start.' },
    );
  }
  const cluster = await startCluster(join(stateFolder, 'postgres'));
  return {
    url: cluster.url,
    how: cluster.startedByUs ? 'private cluster started' : 'private cluster runs',
  };
}

/** To be called once a server runs on it: an address that was wrong binds nobody. */
export async function rememberDatabaseOf(
  stateFolder: string,
  databaseUrl: string | undefined,
): Promise<void> {
  if (databaseUrl !== undefined && databaseUrl !== '') await writeFile(join(stateFolder, ELSEWHERE_FILE), '');
}
