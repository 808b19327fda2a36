/** Parts of the tests that only boot or build once more, wait long or make a domain, as they are spread over days. */
const DAYS = [
  ['own machine', 'hung daemon', 'two builders'],
  ['second host', 'neighbours', 'Active Directory', 'every page in German'],
  ['equal content', 'UEFI', 'applications', 'bookmark'],
] as const;
type LongPart = (typeof DAYS)[number][number];

declare module 'vitest' {
  interface ProvidedContext {
    longParts: LongPart[];
  }
}

const DAY_MS = 86_400_000;

/** ORANGERY_TEST_LONG: unset for none of them, `1` for all, `slice` for those of this day, or some by name. */
export function longParts(): LongPart[] {
  const asked = process.env['ORANGERY_TEST_LONG'];
  if (asked === 'slice') return [...(DAYS[Math.floor(Date.now() / DAY_MS) % DAYS.length] ?? [])];
  return DAYS.flat().filter((part) => asked === '1' || asked?.split(',').includes(part) === true);
}
