import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { ORPCError, onError } from '@orpc/server';
import { fromNodeHeaders } from 'better-auth/node';
import fastify, { type FastifyInstance } from 'fastify';
import type { Context, Scope, ServerFacts } from '@orangery/control';
import { PROBLEM_TYPE, problemOf, UPLOAD_PIECE_BYTES } from '@orangery/contract';
import { codeOf, type Log, messageOf } from '@orangery/std';
import type { Changes } from '../changes.ts';
import type { Live } from '../live/live.ts';
import type { Providers } from '../directories/oidc.ts';
import type { Actor } from '../identity/actor.ts';
import { addressOf } from '../identity/address.ts';
import type { Auth } from '../identity/auth.ts';
import { scopeOf } from '../identity/scope.ts';
import { registerBackChannel } from './back-channel.ts';
import { isCrossSite } from './cross-site.ts';
import { registerDocs } from './docs.ts';
import { HEADERS } from './headers.ts';
import { describeApi } from './openapi.ts';
import { registerPages } from './pages.ts';
import { asApiError, asProblem, registerProblems, sendProblem } from './problems.ts';
import { router } from './router.ts';
import { registerUploads, UPLOAD_ROUTE } from './uploads.ts';

const BODY_BYTES_MAX = 1 << 20;
/** A piece of an upload on a line of 35 kB/s. */
const REQUEST_TIMEOUT_MS = 120_000;

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
    // What it cannot route at all never comes to a hook or to the handler of errors.
    frameworkErrors(error, _request, reply) {
      void sendProblem(reply.headers(HEADERS), 'BAD_REQUEST', error.message);
    },
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
    if (encoding !== undefined) return sendProblem(reply, 'LENGTH_REQUIRED');
    const bytesMax = request.routeOptions.url === UPLOAD_ROUTE ? UPLOAD_PIECE_BYTES : BODY_BYTES_MAX;
    if (Number(length ?? 0) > bytesMax) {
      return sendProblem(reply, 'PAYLOAD_TOO_LARGE', `A request holds at most ${bytesMax} bytes`);
    }
    return undefined;
  });
  registerUploads(app, parts);
  registerBackChannel(app, parts);
  registerProblems(app);
  registerApi(app, parts);
  if (listener.kind === 'https') {
    registerDocs(app);
    await registerPages(app);
  }
  return { app, server: await serverMade };
}

function registerApi(app: FastifyInstance, parts: HttpParts): void {
  const handler = new OpenAPIHandler(router, {
    // They would be sent also to who does not read.
    eventIteratorKeepAliveEnabled: false,
    customErrorResponseBodyEncoder: problemOf,
    rootInterceptors: [(options) => asProblem(options.next())],
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
      return sendProblem(reply, 'BAD_REQUEST', 'The Host header names no host');
    }
    if (isCrossSite(request.raw)) {
      return sendProblem(reply, 'FORBIDDEN', 'This request comes from another site');
    }
    let actor: Actor;
    let scope: Scope | undefined;
    try {
      actor = await parts.actorOf(request.raw);
      scope = await scopeOf(parts.control, actor, request.headers);
    } catch (error) {
      // The sign-in library hides the database's own error; it stands on nothing else.
      parts.log.warn({ reason: messageOf(error) }, 'who calls could not be found out');
      return sendProblem(reply, 'UNAVAILABLE', 'Your sign-in cannot be looked up now; try again in a moment');
    }
    if (scope === undefined) {
      return sendProblem(reply, 'NOT_FOUND', 'There is no such tenant, or you may not look into it');
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
      reply.raw.writeHead(404, { 'content-type': PROBLEM_TYPE });
      const message = `There is no operation at ${request.url}`;
      reply.raw.end(JSON.stringify(problemOf({ code: 'NOT_FOUND', message })));
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
