import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { policy } from './headers.ts';
import { sendProblem } from './problems.ts';

const WEB_FOLDER = fileURLToPath(new URL('../../../web/dist/', import.meta.url));
/** What the build has left where a page's own nonce belongs. */
const NONCE = /ORANGERY_NONCE/g;
const NONCE_BYTES = 18;

/** The portal and the console, as they were built. */
export async function registerPages(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: WEB_FOLDER,
    wildcard: true,
    index: false,
    // The build leaves them beside the others.
    preCompressed: true,
    setHeaders(reply, path) {
      // Names under assets/ carry a digest of what they hold.
      reply.header(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  const page = await readFile(join(WEB_FOLDER, 'index.html'), 'utf8').catch(() => undefined);
  /** Each page has a nonce of its own, by which the styles that it makes itself are let in, and no others. */
  const sendPage = (reply: FastifyReply): FastifyReply => {
    if (page === undefined) return sendProblem(reply, 'UNAVAILABLE', 'The pages are not built');
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    return reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', policy(` 'nonce-${nonce}'`))
      .type('text/html; charset=utf-8')
      .send(page.replaceAll(NONCE, nonce));
  };
  for (const url of ['/', '/index.html']) app.get(url, (_request, reply) => sendPage(reply));
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (!wantsPage) return sendProblem(reply, 'NOT_FOUND', `There is nothing at ${request.url}`);
    return sendPage(reply);
  });
}
