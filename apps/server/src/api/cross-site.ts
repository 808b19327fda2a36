import type { IncomingMessage } from 'node:http';

/** Browsers say where a request comes from; cookies of ours count only for pages of ours. */
export function isCrossSite(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin !== undefined) return origin !== `https://${host}`;
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
