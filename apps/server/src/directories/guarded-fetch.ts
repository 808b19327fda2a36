import { lookup } from 'node:dns';
import { messageOf, OrangeryError } from '@orangery/std';
import { Agent, fetch as undiciFetch } from 'undici';
import { resolveOutward } from '../outward.ts';

/** Of providers, on this machine itself. */
const PORTS = [443, 9443] as const;
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 2 << 20;

type Request = { method?: string; headers?: Record<string, string>; body?: unknown };

/**
 * Fetches from where an administrator has said, over TLS, and follows nobody elsewhere. The address is looked up once and
 * looked at, and it is the one that is connected to. Throws `providerUnreachable`.
 *
 * @param ca an authority of one's own, as PEM; empty: those that Node knows
 */
export async function guardedFetch(
  url: string,
  { method, headers, body }: Request,
  ca: string,
): Promise<Response> {
  const { protocol, hostname, port, host } = new URL(url);
  if (protocol !== 'https:') throw failure(host, 'it is not reached by https');
  const name = hostname.replaceAll(/[[\]]/g, '');
  const address = await resolveOutward(name, Number(port || 443), PORTS).catch((error: unknown) => {
    throw failure(host, messageOf(error), error);
  });
  const agent = new Agent({
    maxResponseSize: ANSWER_BYTES_MAX,
    connect: {
      timeout: TIMEOUT_MS,
      minVersion: 'TLSv1.2',
      ...(ca.trim() === '' ? {} : { ca }),
      // An address answers itself, whichever way it is wanted.
      lookup: (_name, options, done) => lookup(address, options, done),
    },
  });
  try {
    const answer = await undiciFetch(url, {
      dispatcher: agent,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(method === undefined ? {} : { method }),
      ...(headers === undefined ? {} : { headers }),
      ...(typeof body === 'string' || body instanceof URLSearchParams ? { body: body.toString() } : {}),
    });
    const text = await answer.text();
    return new Response(text === '' ? null : text, {
      status: answer.status,
      headers: [...answer.headers].filter(([key]) => !/^content-(?:encoding|length)$/i.test(key)),
    });
  } catch (error) {
    throw failure(host, causeOf(error), error);
  } finally {
    await agent.destroy();
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
}

const failure = (host: string, reason: string, cause?: unknown): OrangeryError =>
  new OrangeryError('providerUnreachable', `${host} cannot be asked: ${reason}`, { cause });
