import { connectDatabase, migrate } from '@orangery/database';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { makeTestDatabase } from '../setup/test-database.ts';

describe('migrations', () => {
  it('applied by many servers at once are applied once, and the next start finds nothing to do', async () => {
    const database = await makeTestDatabase();
    const { db, url } = database;
    await sql`drop schema public cascade`.execute(db);
    await sql`create schema public`.execute(db);
    const servers = Array.from({ length: 4 }, () => connectDatabase(url, () => {}));
    try {
      const applied = (await Promise.all(servers.map((server) => migrate(server.db)))).flat();
      expect(applied).toContain('0001-spine');
      expect(new Set(applied).size).toBe(applied.length);
      for (const server of servers) expect(await migrate(server.db)).toEqual([]);
      const { rows } = await sql`select count(*)::int as n from installation`.execute(db);
      expect(rows).toEqual([{ n: 1 }]);
    } finally {
      for (const { close } of servers) await close();
      await database.drop();
    }
  });
});
