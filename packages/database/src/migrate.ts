import { readdir, readFile } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import { messageOf, OrangeryError } from '@orangery/std';

const FOLDER = new URL('../migrations/', import.meta.url);

/** Numbered SQL files, immutable once released: a change is a new file. */
const provider: MigrationProvider = {
  async getMigrations() {
    const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
    const migrations: Record<string, Migration> = {};
    for (const file of files) {
      const text = await readFile(new URL(file, FOLDER), 'utf8');
      migrations[file.replace(/\.sql$/, '')] = {
        up: (db) =>
          sql
            .raw(text)
            .execute(db)
            .then(() => {}),
      };
    }
    return migrations;
  },
};

/** Brings the database to this version's schema. Replicas may call it at the same time: one does the work. */
export async function migrate<T>(db: Kysely<T>): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    if (failed === undefined) {
      throw new OrangeryError('databaseUnusable', `The database cannot be used: ${messageOf(error)}`, {
        cause: error,
        fix: 'Look whether PostgreSQL runs; with DATABASE_URL, whether its address, name and password are right.',
      });
    }
    throw new OrangeryError('migrationFailed', `Migration ${failed} could not be applied`, {
      cause: error,
      fix: 'Nothing was changed: each migration is one transaction. Start the previous version, or send us the cause.',
    });
  }
  return (results ?? []).map((result) => result.migrationName);
}
