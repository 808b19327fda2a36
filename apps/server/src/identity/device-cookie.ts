import type { ApiContext } from '../api/context.ts';

/** By this a browser is known again whose person has signed in before: guesses elsewhere do not lock it out. */
const DEVICE_COOKIE = '__Host-orangery.device';
const DEVICE_BYTES = 24;
const DEVICE_LIFE_S = 400 * 86_400;
const VALUE = /^[\w-]{32}$/;

/** One cookie of a request, decoded. */
export function cookieOf(headers: Headers, name: string): string | undefined {
  const prefix = `${name}=`;
  const found = headers
    .get('cookie')
    ?.split('; ')
    .find((cookie) => cookie.startsWith(prefix));
  if (found === undefined) return undefined;
  try {
    return decodeURIComponent(found.slice(prefix.length));
  } catch {
    return undefined;
  }
}

/** Where a guess comes from. */
export function placeOf({ headers, client }: Pick<ApiContext, 'headers' | 'client'>): {
  address: string;
  device: string | undefined;
} {
  const device = cookieOf(headers, DEVICE_COOKIE);
  return { address: client, device: device !== undefined && VALUE.test(device) ? device : undefined };
}

/** The browser's own name, made for one that has none. */
export function setDevice(
  context: Pick<ApiContext, 'headers' | 'client' | 'setCookies' | 'control'>,
): string {
  const device = placeOf(context).device ?? context.control.rng.bytes(DEVICE_BYTES).toString('base64url');
  context.setCookies(
    new Headers({
      'set-cookie': `${DEVICE_COOKIE}=${device}; Max-Age=${DEVICE_LIFE_S}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    }),
  );
  return device;
}
