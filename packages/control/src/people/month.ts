/** Milliseconds since 1970 at which the month of `nowMs` began where the time zone is. */
export function monthStart(nowMs: number, timeZone: string): number {
  const { year, month } = wall(nowMs, timeZone);
  const asUtc = Date.UTC(year, month - 1, 1);
  // A zone's offset at the guess may be another than at the result: the second look is right.
  const guess = asUtc - offsetMs(asUtc, timeZone);
  return asUtc - offsetMs(guess, timeZone);
}

function wall(
  atMs: number,
  timeZone: string,
): { year: number; month: number; day: number; hour: number; minute: number; second: number } {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value);
  return {
    year: of('year'),
    month: of('month'),
    day: of('day'),
    hour: of('hour'),
    minute: of('minute'),
    second: of('second'),
  };
}

/** How far its wall clock is ahead of UTC. */
function offsetMs(atMs: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = wall(atMs, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}
