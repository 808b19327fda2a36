import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import { receivePiece } from '@orangery/control';
import { type ApiErrorCode, UPLOAD_PIECE_BYTES } from '@orangery/contract';
import { codeOf, isUuid, messageOf } from '@orangery/std';
import type { FastifyInstance } from 'fastify';
import { refusalOf, refusalOfIds } from '../identity/may.ts';
import { scopeOf } from '../identity/scope.ts';
import { isCrossSite } from './cross-site.ts';
import type { HttpParts } from './http.ts';
import { sendProblem } from './problems.ts';

export const UPLOAD_ROUTE = '/api/images/uploads/:id/content';

/** As that of `imports.show`, whose upload it continues. */
const ACCESS = { may: 'images.change', ids: { id: 'imageVersion' } } as const;

/** Pieces of uploads: streamed to the disk, never held whole. Beside the operations, as their handlers hold bodies. */
export function registerUploads(app: FastifyInstance, parts: HttpParts): void {
  app.put<{ Params: { id: string }; Querystring: { offset?: string } }>(
    UPLOAD_ROUTE,
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const say = async (code: ApiErrorCode, message: string, more: object = {}) => {
        // A client that still writes would find its connection reset, and not this answer.
        await letGo(request.raw);
        return sendProblem(reply, code, message, more);
      };
      if (isCrossSite(request.raw)) return say('FORBIDDEN', 'This request comes from another site');
      const actor = await parts.actorOf(request.raw);
      const scope = await scopeOf(parts.control, actor, request.headers);
      if (scope === undefined) return say('NOT_FOUND', 'There is no such tenant');
      const refusal =
        refusalOf(actor, scope, ACCESS.may, {}, request.method) ??
        (await refusalOfIds(parts.control, scope, ACCESS, request.params));
      if (refusal !== undefined) return say(refusal.code, refusal.message);
      const offset = Number(request.query.offset ?? 'none');
      if (!isUuid(request.params.id) || !Number.isSafeInteger(offset) || offset < 0)
        return say('BAD_REQUEST', 'An upload is named by its id, and ?offset= says where the piece begins');
      try {
        const received = await receivePiece(parts.control, request.params.id, offset, piece(request.raw));
        if (received.kind === 'missing')
          return await say('NOT_FOUND', 'There is no such upload, or all of it is there');
        const { received: there, bytes } = received;
        if (received.kind === 'elsewhere')
          return await say('CONFLICT', received.reason, { received: there, bytes });
        return await reply.send({ received: there, bytes });
      } catch (error) {
        parts.log.warn(
          { upload: request.params.id, reason: messageOf(error) },
          'a piece of an upload failed',
        );
        const code = codeOf(error);
        if (code === 'tooLarge') return say('PAYLOAD_TOO_LARGE', messageOf(error));
        if (code === 'diskFull' || code === 'hostUnreachable') return say('UNAVAILABLE', messageOf(error));
        return say('UNAVAILABLE', 'The piece could not be received now; try again in a moment');
      }
    },
  );
}

/** Reads the rest of a body, of one piece at most, for nobody. */
async function letGo(request: IncomingMessage): Promise<void> {
  request.resume();
  await finished(request, { writable: false }).catch(() => {});
}

/** The hook before it has seen that the piece tells its size, and that it is no larger than one may be. */
async function* piece(request: IncomingMessage): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > UPLOAD_PIECE_BYTES) return;
    yield chunk;
  }
}
