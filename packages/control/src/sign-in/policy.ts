/**
 * Guesses that were wrong are counted in buckets; a bucket that is full refuses until `GUESS_WINDOW_MS` after its first.
 *
 *   a browser that the person has used before        its own bucket, which nobody else can fill
 *   an address that they have signed in from before  (address, e-mail)
 *   anywhere else                                    (address, e-mail), and the e-mail from all new places together
 *
 * So whoever guesses from anywhere is slowed down to the last bucket, and can lock out only other strangers: the person's
 * own browsers and usual addresses are counted apart (OWASP: device cookies). Many people behind one address do not share
 * a bucket, and what was right is never counted.
 */
export const GUESS_WINDOW_MS = 15 * 60_000;
const GUESSES_MAX = 10;
/** A person who mistypes on a new telephone at three places still comes in; a guesser has 2,880 guesses a day. */
const GUESSES_NEW_PLACES_MAX = 30;

/**
 * `quietMs`: it is full until nobody has guessed for so long; left out, until so long after its first guess as all are.
 * At most `QUIET_MAX_MS`.
 */
export type Bucket = { name: string; max: number; quietMs?: number };
export const QUIET_MAX_MS = 24 * 3_600_000;

/** Where a guess comes from. `device`: what the browser's own cookie says. */
export type Place = { address: string; device: string | undefined };

export function bucketsOf(
  email: string,
  { address, device }: Place,
  known: { device: boolean; address: boolean },
): Bucket[] {
  const who = email.toLowerCase();
  if (known.device && device !== undefined) return [{ name: `device ${device} ${who}`, max: GUESSES_MAX }];
  const here = { name: `at ${networkOf(address)} ${who}`, max: GUESSES_MAX };
  return known.address ? [here] : [here, { name: `new ${who}`, max: GUESSES_NEW_PLACES_MAX }];
}

/** Whoever has one IPv6 address has 2⁶⁴ of them. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return `${[...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
