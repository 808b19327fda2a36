import { ORPCError } from '@orpc/contract';
import { type ApiErrorCode, apiErrors } from './errors.ts';

/** How every answer that is no success is written (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';
/** Where each code is explained: the `type` of a problem is its address. */
export const PROBLEM_PATH = '/api/problems';

export type Problem = {
  /** An address of this server that explains the code. */
  type: string;
  /** The same for all problems of this code. */
  title: string;
  status: number;
  /** What happened this time, for people; may change. */
  detail: string;
  /** Stable: callers match on it. */
  code: string;
  /** Each fault of an input that fits no schema; `pointer` is a JSON pointer into it. */
  errors?: { pointer: string; detail: string }[];
};

const isKnown = (code: string): code is ApiErrorCode => Object.hasOwn(apiErrors, code);

/** Faults of an input, as Standard Schema tells them. */
function faultsOf(data: unknown): NonNullable<Problem['errors']> {
  const issues = typeof data === 'object' && data !== null && 'issues' in data ? data.issues : undefined;
  if (!Array.isArray(issues)) return [];
  return issues.map(({ message, path = [] }: { message: string; path?: readonly unknown[] }) => ({
    pointer: ['#', ...path.map(segmentOf)].join('/'),
    detail: message,
  }));
}

const segmentOf = (segment: unknown): string => {
  const key = typeof segment === 'object' && segment !== null && 'key' in segment ? segment.key : segment;
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
};

/** An error of an operation as it is answered. */
export function problemOf(error: {
  code: string;
  status?: number;
  message?: string;
  data?: unknown;
}): Problem {
  const { code } = error;
  const known = isKnown(code) ? apiErrors[code] : { status: error.status ?? 500, message: code };
  const errors = faultsOf(error.data);
  const [first] = errors;
  const detail =
    first === undefined
      ? (error.message ?? known.message)
      : `This cannot be read: ${[first.pointer.slice(2), first.detail].filter((part) => part !== '').join(': ')}`;
  return {
    type: `${PROBLEM_PATH}/${code}`,
    title: known.message,
    status: error.status ?? known.status,
    detail,
    code,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** What clients make of a problem; undefined where an answer is none, as of a proxy in between. */
export function errorOfProblem(body: unknown): ORPCError<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, status, detail, errors } = body as Partial<Problem>;
  if (typeof code !== 'string' || typeof status !== 'number' || typeof detail !== 'string') return undefined;
  if (!Number.isInteger(status) || status < 400 || status > 599) return undefined;
  return new ORPCError(code, { defined: isKnown(code), status, message: detail, data: errors });
}

/** Lets clients that know JSON alone read an answer that is a problem. */
export function readable(answer: Response): Response {
  if (answer.headers.get('content-type')?.startsWith(PROBLEM_TYPE) !== true) return answer;
  const headers = new Headers(answer.headers);
  headers.set('content-type', 'application/json');
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}
