import type { IncomingMessage } from 'node:http';
import { endSignIns, findDirectory, isOidc, recordAudit } from '@orangery/control';
import { codeOf, messageOf } from '@orangery/std';
import type { FastifyInstance } from 'fastify';
import { addressOf } from '../identity/address.ts';
import type { HttpParts } from './http.ts';

/** Where a provider says that somebody has signed out there; of a directory, by its name. */
export const BACK_CHANNEL_ROUTE = '/api/directories/:name/logout';
const BODY_BYTES_MAX = 32_768;

/**
 * Whom a provider signs out is signed out here (OpenID Connect Back-Channel Logout 1.0). Anybody may say so: what counts is that
 * the provider has signed it. Beside the operations, as it is a form of another standard.
 */
export function registerBackChannel(app: FastifyInstance, { control, providers, log }: HttpParts): void {
  app.post<{ Params: { name: string } }>(BACK_CHANNEL_ROUTE, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const refuse = (why: string) =>
      reply.code(400).send({ error: 'invalid_request', error_description: why });
    const token = new URLSearchParams(await bodyOf(request.raw)).get('logout_token');
    const directory = await findDirectory(control, { name: request.params.name.slice(0, 100) });
    if (token === null || directory === undefined || !directory.enabled || !isOidc(directory))
      return refuse('no logout token, or no provider here');
    try {
      const { subject } = await providers.signedOut(directory.settings, directory.secret, token);
      const person = await control.db
        .selectFrom('principal')
        .select(['id', 'name', 'tenant_id', 'auth_user_id'])
        .where('source', '=', directory.name)
        .where('external_id', '=', subject)
        .executeTakeFirst();
      // Whoever has never been here is signed in nowhere.
      if (person === undefined || person.auth_user_id === null) return await reply.send();
      const ended = await endSignIns(control, person.auth_user_id);
      await recordAudit(control, {
        actor: directory.title,
        tenantId: person.tenant_id,
        action: 'user.signOut',
        subject: { kind: 'user', id: person.id },
        outcome: 'done',
        why: 'the provider signed them out',
        detail: { ended, directory: directory.name },
        client: addressOf(request.raw),
      });
      return await reply.send();
    } catch (error) {
      const code = codeOf(error);
      if (code === 'providerRefused') return refuse(messageOf(error));
      log.warn({ directory: directory.name, reason: messageOf(error) }, 'a sign-out could not be looked at');
      // It is worth sending again.
      return reply.code(503).send({ error: 'temporarily_unavailable' });
    }
  });
}

/** What is too large is read to its end, so that who sends it reads the answer, and kept by nobody. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) parts.push(chunk);
  }
  return bytes > BODY_BYTES_MAX ? '' : Buffer.concat(parts).toString();
}
