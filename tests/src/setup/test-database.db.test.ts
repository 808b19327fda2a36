import { connectSingle } from '@orangery/database';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { makeTestDatabase } from './test-database.ts';

test('each has a database of its own, migrated and empty, and gone when it is dropped', async () => {
  const [one, other] = await Promise.all([makeTestDatabase(), makeTestDatabase()]);
  await sql`create table mine (id int)`.execute(one.db);
  const tables = await sql<{
    name: string;
  }>`select table_name as name from information_schema.tables`.execute(other.db);
  const names = tables.rows.map(({ name }) => name);
  expect(names).toContain('machine');
  expect(names).not.toContain('mine');
  // Somebody's forgotten connection does not hinder the end.
  const forgotten = await connectSingle(one.url);
  forgotten.on('error', () => {});
  await one.drop();
  await other.drop();
  await expect(connectSingle(one.url)).rejects.toThrow(/does not exist/);
});
