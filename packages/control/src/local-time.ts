export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Making one takes as long as a hundred uses; there are some 600 zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

function partsAt(atMs: number, timeZone: string): Record<string, string> {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  return Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
}

/** A day where a time zone is kept; 1 is Monday. */
export type LocalDate = { year: number; month: number; day: number; weekday: number };

const weekdayOf = (parts: Record<string, string>): number => WEEKDAYS.indexOf(parts['weekday'] ?? '') + 1;

/** Day of the week (1 is Monday) and minutes since midnight where a time zone is kept. */
export function localTime(nowMs: number, timeZone: string): { weekday: number; minute: number } {
  const parts = partsAt(nowMs, timeZone);
  return { weekday: weekdayOf(parts), minute: Number(parts['hour']) * 60 + Number(parts['minute']) };
}

/** Which day it is where a time zone is kept. */
export function localDate(atMs: number, timeZone: string): LocalDate {
  const parts = partsAt(atMs, timeZone);
  return {
    year: Number(parts['year']),
    month: Number(parts['month']),
    day: Number(parts['day']),
    weekday: weekdayOf(parts),
  };
}

/** How far a zone is ahead of UTC at an instant. */
function offsetMs(atMs: number, timeZone: string): number {
  const parts = partsAt(atMs, timeZone);
  const n = (name: string): number => Number(parts[name]);
  const local = Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'), n('second'));
  return local - Math.floor(atMs / 1_000) * 1_000;
}

/**
 * The instant of a local time, in milliseconds since 1970. One that a change of the clocks leaves out is taken as far
 * after midnight as it would have been.
 */
export function instantOf({ year, month, day }: LocalDate, minute: number, timeZone: string): number {
  const local = Date.UTC(year, month - 1, day) + minute * MINUTE_MS;
  const guess = local - offsetMs(local, timeZone);
  return local - offsetMs(guess, timeZone);
}

/** Minutes since midnight as people write them: 07:30; what is after midnight begins anew. */
export const clockTime = (minute: number): string =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
