import { randomUUID } from 'node:crypto';
import { connectDatabase, type Database } from '@orangery/database';
import pg from 'pg';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The migrated database that each test file's own is cloned from; nobody connects to it. */
    templateDatabaseUrl: string;
  }
}

export type TestDatabase = {
  db: Database;
  /** For code that connects by itself. */
  url: string;
  /** Cuts connections that are left, and drops the database. */
  drop(): Promise<void>;
};

/**
 * A migrated, empty database of one's own: once for each test file, dropped at its end.
 *
 *     const { db, drop } = await makeTestDatabase();
 *     afterAll(drop);
 */
export async function makeTestDatabase(): Promise<TestDatabase> {
  const template = inject('templateDatabaseUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = withDatabase(template, name);
  await administer(template, `create database ${name} template ${databaseOf(template)}`);
  const { db, close } = connectDatabase(url, () => {});
  return {
    db,
    url,
    drop: async () => {
      await close();
      await administer(template, `drop database ${name} with (force)`);
    },
  };
}

/** Creating and dropping are done from `postgres`: a template must have no connections. */
async function administer(template: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(template, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** `postgres://user@/database?host=…`: no URL that `URL` reads, as its host is empty. */
const DATABASE = /\/(\w+)\?/;

function databaseOf(url: string): string {
  const name = DATABASE.exec(url)?.[1];
  if (name === undefined) throw new Error(`no database in ${url}`);
  return name;
}

function withDatabase(url: string, name: string): string {
  return url.replace(DATABASE, `/${name}?`);
}
