import { type RawBuilder, sql, type SqlBool } from 'kysely';

/** A pattern for `ilike` that finds this text anywhere; its own signs mean themselves. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

/** Of rows of `principal` and `auth_user`: people with this text in their name or e-mail address. */
export const nameOrEmailHas = (text: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`(principal.name ilike ${containing(text)} or auth_user.email ilike ${containing(text)})`;
