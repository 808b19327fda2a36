import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../setup/test-database.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DATABASE = join(ROOT, 'packages/database');

/** After a change of a migration: `vitest run --project database -u generated` writes both anew. */
describe('what is generated from the migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeTestDatabase();
  });
  afterAll(() => database.drop());

  it('schema.sql is what the migrations make', async () => {
    const options = ['--schema-only', '--no-owner', '--no-privileges', '--exclude-table=kysely_*'];
    const { stdout } = await run('pg_dump', [...options, database.url]);
    // Comments name versions, and newer minor versions add a random \restrict key.
    const schema = stdout
      .split('\n')
      .filter((line) => !line.startsWith('--') && !line.startsWith('\\'))
      .join('\n')
      .replace(/\n{3,}/g, '\n\n');
    await expect(schema.trim()).toMatchFileSnapshot(join(DATABASE, 'schema.sql'));
  });

  it('the types of the tables are those of the schema', async () => {
    const folder = await mkdtemp(join(DATABASE, '.generated-'));
    try {
      const out = join(folder, 'tables.ts');
      const command = join(ROOT, 'node_modules/.bin/kysely-codegen');
      await run(command, [
        '--config-file',
        join(DATABASE, 'codegen.json'),
        '--out-file',
        out,
        '--url',
        database.url,
      ]);
      await expect(await readFile(out, 'utf8')).toMatchFileSnapshot(
        join(DATABASE, 'src/generated/tables.ts'),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
