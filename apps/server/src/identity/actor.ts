import type { Database } from '@orangery/database';
import { fromNodeHeaders } from 'better-auth/node';
import type { IncomingHttpHeaders } from 'node:http';
import type { Auth } from './auth.ts';

/** Who calls. `operator`: somebody on this machine who may read the state folder, through its socket. */
export type Actor =
  | { kind: 'nobody' }
  | { kind: 'operator'; name: string }
  | {
      kind: 'person';
      id: string;
      tenantId: string;
      name: string;
      email: string;
      role: 'person' | 'administrator';
    };

export async function actorOf(auth: Auth, db: Database, headers: IncomingHttpHeaders): Promise<Actor> {
  if (headers.cookie === undefined) return { kind: 'nobody' };
  const session = await auth.api.getSession({ headers: fromNodeHeaders(headers) });
  if (session === null) return { kind: 'nobody' };
  const principal = await db
    .selectFrom('principal')
    .select(['id', 'tenant_id', 'name', 'role'])
    .where('auth_user_id', '=', session.user.id)
    .executeTakeFirst();
  if (principal === undefined) return { kind: 'nobody' };
  return {
    kind: 'person',
    id: principal.id,
    tenantId: principal.tenant_id,
    name: principal.name,
    email: session.user.email,
    role: principal.role,
  };
}

export function isAdministrator(actor: Actor): boolean {
  return actor.kind === 'operator' || (actor.kind === 'person' && actor.role === 'administrator');
}
