import {
  type directoryInput,
  type directorySchema,
  type DirectorySettings,
  directorySettings,
  type LdapSettings,
  type OidcSettings,
} from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso, isUniqueViolation } from '../rows.ts';

/** One directory, with what it takes to ask it. */
export type Directory = {
  id: string;
  name: string;
  title: string;
  tenantId: string;
  enabled: boolean;
  settings: DirectorySettings;
  secret: string;
};
export type DirectoryShown = z.output<typeof directorySchema>;

type Sealed = Pick<Context, 'db' | 'seal' | 'unseal'>;
const purpose = (id: string): string => `directory:${id}`;

export const sealSecret = ({ seal }: Pick<Context, 'seal'>, id: string, secret: string): Buffer =>
  seal(purpose(id), Buffer.from(secret));

/** In the order in which they are asked. */
export async function allDirectories({ db, unseal }: Omit<Sealed, 'seal'>): Promise<Directory[]> {
  const rows = await db.selectFrom('directory').selectAll().orderBy('created_at').orderBy('id').execute();
  return rows.map(({ id, name, title, tenant_id: tenantId, enabled, settings, secret_sealed: sealed }) => ({
    id,
    name,
    title,
    tenantId,
    enabled,
    settings: directorySettings.parse(settings),
    secret: sealed === null ? '' : unseal(purpose(id), sealed).toString(),
  }));
}

export async function findDirectory(
  context: Omit<Sealed, 'seal'>,
  which: { id: string } | { name: string },
): Promise<Directory | undefined> {
  const all = await allDirectories(context);
  return all.find((each) => ('id' in which ? each.id === which.id : each.name === which.name));
}

type WithSettings = Pick<Directory, 'settings'>;

export function isLdap<D extends WithSettings>(directory: D): directory is D & { settings: LdapSettings } {
  return directory.settings.kind !== 'openIdConnect';
}

export function isOidc<D extends WithSettings>(directory: D): directory is D & { settings: OidcSettings } {
  return directory.settings.kind === 'openIdConnect';
}

/** As administrators see them: no secrets. */
export async function listDirectories(
  { db }: Pick<Context, 'db'>,
  { id, tenantId }: { id?: string; tenantId?: string } = {},
): Promise<DirectoryShown[]> {
  let found = db
    .selectFrom('directory')
    .leftJoin('loop_status', (join) =>
      join
        .on('loop_status.loop', '=', 'directories')
        .on('loop_status.key', '=', sql<string>`directory.id::text`),
    )
    .select([
      'directory.id',
      'directory.name',
      'directory.title',
      'directory.enabled',
      'directory.settings',
      'directory.created_at',
      'loop_status.outcome',
      'loop_status.detail',
      'loop_status.at',
    ])
    .select([
      sql<boolean>`secret_sealed is not null`.as('hasSecret'),
      sql<number>`(select count(*) from principal p where p.source = directory.name and p.kind = 'person')`.as(
        'people',
      ),
      sql<number>`(select count(*) from principal p where p.source = directory.name and p.kind = 'group')`.as(
        'groups',
      ),
    ]);
  if (id !== undefined) found = found.where('directory.id', '=', id);
  if (tenantId !== undefined) found = found.where('directory.tenant_id', '=', tenantId);
  const rows = await found.orderBy('directory.created_at').orderBy('directory.id').execute();
  return rows.map(({ created_at, outcome, detail, at, settings, ...row }) => ({
    ...row,
    settings: directorySettings.parse(settings),
    status: outcome === null || at === null ? null : { outcome, detail: detail ?? '', at: iso(at) },
    createdAt: iso(created_at),
  }));
}

export async function createDirectory(
  context: Sealed,
  tenantId: string,
  input: z.output<typeof directoryInput>,
): Promise<{ kind: 'done'; id: string } | { kind: 'taken' } | { kind: 'secretMissing' }> {
  const { name, title, enabled, settings, secret } = input;
  if (secret === undefined) return { kind: 'secretMissing' };
  try {
    const id = await context.db.transaction().execute(async (trx) => {
      const row = await trx
        .insertInto('directory')
        .values({
          name,
          title,
          enabled,
          tenant_id: tenantId,
          kind: settings.kind,
          settings: JSON.stringify(settings),
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await trx
        .updateTable('directory')
        .set({ secret_sealed: sealSecret(context, row.id, secret) })
        .where('id', '=', row.id)
        .execute();
      return row.id;
    });
    return { kind: 'done', id };
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'taken' };
    throw error;
  }
}

/** Whom a secret is told to, and as whom: for others than those it has to be given anew. */
function receivers(settings: DirectorySettings): string {
  return settings.kind === 'openIdConnect'
    ? JSON.stringify([settings.issuer, settings.clientId])
    : JSON.stringify([settings.servers, settings.bindDn, settings.security, settings.ca]);
}

/** The secret to be used with these settings; undefined: it has to be given. */
export function secretFor(
  before: Pick<Directory, 'settings' | 'secret'> | undefined,
  settings: DirectorySettings,
  given: string | undefined,
): string | undefined {
  if (given !== undefined) return given;
  const same = before !== undefined && receivers(before.settings) === receivers(settings);
  return same && before.secret !== '' ? before.secret : undefined;
}
