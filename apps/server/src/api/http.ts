import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { ORPCError, onError } from '@orpc/server';
import { fromNodeHeaders } from 'better-auth/node';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Context, Scope, ServerFacts } from '@orangery/control';
import { UPLOAD_PIECE_BYTES } from '@orangery/contract';
import { codeOf, type Log, messageOf } from '@orangery/std';
import type { Changes } from '../changes.ts';
import type { Live } from '../live/live.ts';
import type { Providers } from '../directories/oidc.ts';
import type { Actor } from '../identity/actor.ts';
import { addressOf } from '../identity/address.ts';
import type { Auth } from '../identity/auth.ts';
import { scopeOf } from '../identity/scope.ts';
import { isCrossSite } from './cross-site.ts';
import { describeApi } from './openapi.ts';
import { router } from './router.ts';
import { registerUploads, UPLOAD_ROUTE } from './uploads.ts';

const WEB_FOLDER = fileURLToPath(new URL('../../../web/dist/', import.meta.url));
const BODY_BYTES_MAX = 1 << 20;
/** A piece of an upload on a line of 35 kB/s. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Nothing inline, nothing foreign; the viewer decodes pictures in blobs and canvases. */
const policy = (style: string): string =>
  [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'${style}`,
    `img-src 'self' data: blob:`,
    `font-src 'self' data:`,
    `connect-src 'self'`,
    `manifest-src 'self'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': policy(''),
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

export type HttpParts = {
  control: Context;
  auth: Auth;
  changes: Changes;
  live: Live;
  serverFacts: () => Promise<ServerFacts>;
  providers: Providers;
  nudgeAll: () => void;
  version: string;
  log: Log;
  /** Who makes this request. */
  actorOf: (request: IncomingMessage) => Promise<Actor>;
};

/** The one HTTP application: API, sign-in and pages. */
export async function createApp(
  parts: HttpParts,
  listener: { kind: 'https'; key: string; cert: string } | { kind: 'socket' },
): Promise<{ app: FastifyInstance; server: Server | HttpsServer }> {
  const { promise: serverMade, resolve } = Promise.withResolvers<Server | HttpsServer>();
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    // Browsers keep connections open and wait for machines in them: a server that stops does not wait for those.
    forceCloseConnections: true,
    logger: false,
    serverFactory(handler) {
      const server =
        listener.kind === 'https'
          ? createHttpsServer({ key: listener.key, cert: listener.cert, minVersion: 'TLSv1.2' }, handler)
          : createHttpServer(handler);
      // The framework sets it on servers of its own making only.
      server.requestTimeout = REQUEST_TIMEOUT_MS;
      resolve(server);
      return server;
    },
  });
  // The handlers below read bodies themselves.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    // They read as much as they are sent, before they know by whom: so its size must be told, and small.
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    if (encoding !== undefined)
      return reply.code(411).send({ code: 'LENGTH_REQUIRED', message: 'A body needs its content-length' });
    const bytesMax = request.routeOptions.url === UPLOAD_ROUTE ? UPLOAD_PIECE_BYTES : BODY_BYTES_MAX;
    if (Number(length ?? 0) > bytesMax) {
      return reply.code(413).send({
        code: 'PAYLOAD_TOO_LARGE',
        message: `A request holds at most ${bytesMax} bytes`,
      });
    }
    return undefined;
  });
  registerUploads(app, parts);
  registerApi(app, parts);
  if (listener.kind === 'https') await registerPages(app);
  return { app, server: await serverMade };
}

function registerApi(app: FastifyInstance, parts: HttpParts): void {
  const handler = new OpenAPIHandler(router, {
    // They would be sent also to who does not read.
    eventIteratorKeepAliveEnabled: false,
    // Around the operation alone: a body that cannot be read is answered before it, as a bad request.
    clientInterceptors: [
      onError((error) => {
        if (error instanceof ORPCError && error.status < 500) return;
        parts.log.error({ reason: messageOf(error), code: codeOf(error) }, 'a request failed');
      }),
      async (options) => {
        try {
          return await options.next();
        } catch (error) {
          throw asApiError(error);
        }
      },
    ],
  });
  let document: ReturnType<typeof describeApi> | undefined;
  app.get('/api/openapi.json', () => (document ??= describeApi(parts.version)));
  app.all('/api/*', async (request, reply) => {
    const controller = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) controller.abort();
    });
    // The sign-in library makes an address of it, and links to browsers' passkeys hang on it.
    if (!URL.canParse(`https://${request.headers.host}`)) {
      return reply.code(400).send({ code: 'BAD_REQUEST', message: 'The Host header names no host' });
    }
    if (isCrossSite(request.raw)) {
      return reply.code(403).send({ code: 'FORBIDDEN', message: 'This request comes from another site' });
    }
    let actor: Actor;
    let scope: Scope | undefined;
    try {
      actor = await parts.actorOf(request.raw);
      scope = await scopeOf(parts.control, actor, request.headers);
    } catch (error) {
      // The sign-in library hides the database's own error; it stands on nothing else.
      parts.log.warn({ reason: messageOf(error) }, 'who calls could not be found out');
      const message = 'Your sign-in cannot be looked up now; try again in a moment';
      return reply.code(503).send({ defined: true, code: 'UNAVAILABLE', status: 503, message });
    }
    if (scope === undefined) {
      const message = 'There is no such tenant, or you may not look into it';
      return reply.code(404).send({ defined: true, code: 'NOT_FOUND', status: 404, message });
    }
    const context = {
      actor,
      scope,
      client: addressOf(request.raw),
      userAgent: request.headers['user-agent'],
      headers: libraryHeaders(request.raw),
      setCookies: (headers: Headers) => {
        for (const cookie of headers.getSetCookie()) reply.raw.appendHeader('set-cookie', cookie);
      },
      hostname: new URL(`https://${request.headers.host}`).hostname,
      auditing: { told: false, tenantId: undefined, may: undefined },
      control: parts.control,
      auth: parts.auth,
      changes: parts.changes,
      live: parts.live,
      serverFacts: parts.serverFacts,
      providers: parts.providers,
      nudgeAll: parts.nudgeAll,
      version: parts.version,
      signal: controller.signal,
    };
    reply.raw.setHeader('cache-control', 'no-store');
    for (const [name, value] of Object.entries(HEADERS)) reply.raw.setHeader(name, value);
    reply.hijack();
    const { matched } = await handler.handle(request.raw, reply.raw, { prefix: '/api', context });
    if (!matched) {
      reply.raw.writeHead(404, { 'content-type': 'application/json' });
      reply.raw.end(
        JSON.stringify({ code: 'NOT_FOUND', message: `There is no operation at ${request.url}` }),
      );
    }
    return reply;
  });
}

/** The sign-in library believes this header: it is the socket's own address, whatever the request says. */
function libraryHeaders(request: IncomingMessage): Headers {
  const headers = fromNodeHeaders(request.headers);
  headers.set('x-orangery-client', addressOf(request));
  return headers;
}

async function registerPages(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: WEB_FOLDER,
    wildcard: true,
    index: false,
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
    if (page === undefined)
      return reply.code(503).send({ code: 'UNAVAILABLE', message: 'The pages are not built' });
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
    if (!wantsPage)
      return reply.code(404).send({ code: 'NOT_FOUND', message: `There is nothing at ${request.url}` });
    return sendPage(reply);
  });
}

/** What the build has left where a page's own nonce belongs. */
const NONCE = /ORANGERY_NONCE/g;
const NONCE_BYTES = 18;

/** PostgreSQL's classes for "not now" (08 connection, 53 resources, 57 intervention) and Node's for a lost socket. */
const AWAY = /^(?:08|53|57)|^E(?:CONNREFUSED|CONNRESET|NOENT|PIPE)$/;

function asApiError(error: unknown): ORPCError<string, unknown> {
  if (error instanceof ORPCError) return error;
  const code = codeOf(error) ?? '';
  const message = messageOf(error);
  if (AWAY.test(code) || /connection terminated|timeout exceeded when trying to connect/i.test(message)) {
    return new ORPCError('UNAVAILABLE', {
      status: 503,
      message: 'The database is not reachable now; try again in a moment',
      cause: error,
    });
  }
  if (code === 'QUOTA_EXCEEDED') return new ORPCError(code, { status: 409, message, cause: error });
  if (code === 'hostUnreachable' || code === 'CONFLICT' || code === 'UNAVAILABLE') {
    return new ORPCError('UNAVAILABLE', { status: 503, message, cause: error });
  }
  return new ORPCError('INTERNAL_SERVER_ERROR', {
    status: 500,
    message: 'Something unexpected failed',
    cause: error,
  });
}
