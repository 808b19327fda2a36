import { type RawBuilder, sql, type SqlBool } from 'kysely';

/** A pattern for `ilike` that finds this text anywhere; its own signs mean themselves. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

const idsCalled = (table: string, text: string, where: RawBuilder<unknown>): RawBuilder<string[]> =>
  sql`array(select found.id from ${sql.table(table)} found where found.name ilike ${containing(text)} and ${where})`;

/** Ids, as an array that the database makes once: of what has this text in its name. */
export const peopleCalled = (tenantId: string, text: string): RawBuilder<string[]> =>
  idsCalled('principal', text, sql`found.tenant_id = ${tenantId}`);
export const poolsCalled = (tenantId: string, text: string): RawBuilder<string[]> =>
  idsCalled('pool', text, sql`found.tenant_id = ${tenantId}`);
export const hostsCalled = (text: string): RawBuilder<string[]> => idsCalled('host', text, sql`true`);

/** Of rows of `principal` and `auth_user`: people with this text in their name or e-mail address. */
export const nameOrEmailHas = (text: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`(principal.name ilike ${containing(text)} or auth_user.email ilike ${containing(text)})`;
