import { hostAddress, hostSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { isoOrNull } from '../rows.ts';

export type Host = z.infer<typeof hostSchema>;

export async function listHosts({ db }: Context, id?: string): Promise<Host[]> {
  const hosts = db.selectFrom('host').selectAll().orderBy('name');
  const rows = await (id === undefined ? hosts : hosts.where('id', '=', id)).execute();
  return rows.map((row) => {
    const address = hostAddress.parse(row.address);
    const facts = hostSchema.shape.facts.safeParse(row.facts);
    const storage = hostSchema.shape.storage.safeParse(row.storage);
    const load = hostSchema.shape.load.safeParse(row.load);
    return {
      id: row.id,
      name: row.name,
      address: address.kind === 'local' ? 'this machine' : `${address.user}@${address.host}:${address.port}`,
      phase: row.phase,
      reason: row.reason,
      seenAt: isoOrNull(row.seen_at),
      facts: facts.success ? facts.data : null,
      storage: storage.success ? storage.data : null,
      shareMemory: row.share_memory,
      load: load.success ? load.data : null,
      starts: { max: row.starts_max, reason: row.starts_reason },
    };
  });
}

/** False: there is no such host. Its loop does the work. */
export async function updateHost(
  { db }: Context,
  { id, shareMemory }: { id: string; shareMemory?: boolean | null | undefined },
): Promise<boolean> {
  const row = await db
    .updateTable('host')
    .set(shareMemory === undefined ? { name: sql`name` } : { share_memory: shareMemory })
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function listQuarantine({ db }: Context) {
  const rows = await db
    .selectFrom('quarantine')
    .innerJoin('host', 'host.id', 'quarantine.host_id')
    .select([
      'quarantine.id',
      'host.name as host',
      'quarantine.kind',
      'quarantine.name',
      'quarantine.found_at',
    ])
    .orderBy('quarantine.found_at', 'desc')
    .limit(1000)
    .execute();
  return rows.map(({ found_at, ...row }) => ({ ...row, foundAt: found_at.toISOString() }));
}
