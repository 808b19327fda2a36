/** Hours at which a pool keeps more machines ready; minutes since midnight in its time zone, 1 is Monday. */
export type Hours = {
  weekdays: readonly number[];
  fromMinute: number;
  untilMinute: number;
  timeZone: string;
  readyCount: number;
};

/** How many machines to keep ready now, and why: the most that any of its hours asks for. */
export function decideReadiness(
  readyCount: number,
  hours: readonly Hours[],
  nowMs: number,
): { readyCount: number; reason: string } {
  let wanted = { readyCount, reason: 'as always' };
  for (const each of hours) {
    const { weekday, minute } = localTime(nowMs, each.timeZone);
    const counts = each.weekdays.includes(weekday) && minute >= each.fromMinute && minute < each.untilMinute;
    if (counts && each.readyCount > wanted.readyCount) {
      const span = `${clockTime(each.fromMinute)} to ${clockTime(each.untilMinute)} ${each.timeZone}`;
      wanted = { readyCount: each.readyCount, reason: `by its hours, ${span}` };
    }
  }
  return wanted;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The weekday, 1 is Monday, and the minute since midnight that it is in a time zone. */
export function localTime(nowMs: number, timeZone: string): { weekday: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(nowMs);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return {
    weekday: WEEKDAYS.indexOf(part('weekday')) + 1,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

const clockTime = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
