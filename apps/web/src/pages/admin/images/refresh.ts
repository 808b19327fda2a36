import type { Image } from '../../../api/client.ts';

export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;

export const clockTime = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Minutes since midnight of a time as in "03:00". */
export function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(hours) < 24 && Number(minutes) < 60 ? minute : undefined;
}

export function refreshSays({
  every,
  weekday,
  atMinute,
  timeZone,
}: Pick<Image['refresh'], 'every' | 'weekday' | 'atMinute' | 'timeZone'>): string {
  if (every === 'off') return 'Not refreshed by itself.';
  const day = every === 'daily' ? 'every day' : `every ${WEEKDAYS[weekday - 1] ?? 'week'}`;
  return `Refreshed with new packages ${day} at ${clockTime(atMinute)} (${timeZone}).`;
}
