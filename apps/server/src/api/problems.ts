import { type ApiErrorCode, apiErrors, PROBLEM_PATH, PROBLEM_TYPE, problemOf } from '@orangery/contract';
import { codeOf, messageOf } from '@orangery/std';
import { ORPCError } from '@orpc/server';
import type { StandardHandleResult } from '@orpc/server/standard';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Answers a problem beside the operations. `more`: members that clients of this one route know. */
export function sendProblem(
  reply: FastifyReply,
  code: ApiErrorCode,
  message: string = apiErrors[code].message,
  more: object = {},
): FastifyReply {
  const problem = problemOf({ code, message, status: apiErrors[code].status });
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify({ ...problem, ...more }));
}

/** The body of an operation's error is a problem already; only its type is still JSON's. */
export async function asProblem(result: Promise<StandardHandleResult>): Promise<StandardHandleResult> {
  const { matched, response } = await result;
  if (!matched || response.status < 400) return result;
  // The adapter names every object JSON; of a stream it leaves the type alone.
  const body = new Blob([JSON.stringify(response.body)]).stream();
  return { matched, response: { ...response, headers: { 'content-type': PROBLEM_TYPE }, body } };
}

/** What each code means, at the address that is the `type` of its problems. */
export function registerProblems(app: FastifyInstance): void {
  app.get(PROBLEM_PATH, () =>
    Object.entries(apiErrors).map(([code, { status, message }]) => ({ code, status, title: message })),
  );
  app.get<{ Params: { code: string } }>(`${PROBLEM_PATH}/:code`, ({ params: { code } }, reply) => {
    const known = Object.entries(apiErrors).find(([name]) => name === code)?.[1];
    if (known === undefined) return sendProblem(reply, 'NOT_FOUND', `No problem has the code ${code}`);
    return { code, status: known.status, title: known.message };
  });
  app.setErrorHandler((error, _request, reply) => {
    const status =
      typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
    return typeof status === 'number' && status < 500
      ? sendProblem(reply, 'BAD_REQUEST', messageOf(error))
      : sendProblem(reply, 'INTERNAL_SERVER_ERROR');
  });
}

/** PostgreSQL's classes for "not now" (08 connection, 53 resources, 57 intervention) and Node's for a lost socket. */
const AWAY = /^(?:08|53|57)|^E(?:CONNREFUSED|CONNRESET|NOENT|PIPE)$/;

/** What an operation failed with, as one of the catalogue's codes. */
export function asApiError(error: unknown): ORPCError<string, unknown> {
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
  if (code === 'BAD_REQUEST') return new ORPCError(code, { status: 400, message, cause: error });
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
