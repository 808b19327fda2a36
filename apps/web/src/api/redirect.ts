/** Any origin of our own would do; a name that cannot exist makes a slip visible. */
const NOWHERE = 'https://orangery.invalid';

/**
 * Where to go after signing in: a path of this application, or the portal. An address that a browser would take
 * elsewhere (`//host`, `/\host`, `https:`, control characters that it drops) is never returned.
 */
export function inAppPath(wanted: unknown): string {
  if (typeof wanted !== 'string' || !wanted.startsWith('/')) return '/';
  let url: URL;
  try {
    url = new URL(wanted, NOWHERE);
  } catch {
    return '/';
  }
  if (url.origin !== NOWHERE || url.pathname.startsWith('//')) return '/';
  if (/^\/(?:api|login|setup)(?:\/|$)/.test(url.pathname)) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}
