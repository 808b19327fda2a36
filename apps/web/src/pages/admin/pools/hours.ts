import type { Pool } from '../../../api/client.ts';
import { clockTime, DAY_MINUTES, minuteOf } from './week.ts';
import { whole } from './words.ts';

/** Hours as they are typed. `key` only tells the rows of the form apart. */
export type TypedHours = {
  key: string;
  weekdays: number[];
  from: string;
  /** "00:00" is the end of the day. */
  until: string;
  readyCount: number | '';
};

export type ReadyValues = { readyCount: number | ''; timeZone: string; learns: boolean; hours: TypedHours[] };

export function typedHours(
  { weekdays, fromMinute, untilMinute, readyCount }: Pool['hours'][number],
  key: string,
): TypedHours {
  return {
    key,
    weekdays: [...weekdays],
    from: clockTime(fromMinute),
    until: clockTime(untilMinute % DAY_MINUTES),
    readyCount,
  };
}

/** Undefined where a time is missing. */
export function hoursOf({
  weekdays,
  from,
  until,
  readyCount,
}: TypedHours):
  | { weekdays: number[]; fromMinute: number; untilMinute: number; readyCount: number }
  | undefined {
  const [fromMinute, end] = [minuteOf(from), minuteOf(until)];
  if (fromMinute === undefined || end === undefined) return undefined;
  return { weekdays, fromMinute, untilMinute: end === 0 ? DAY_MINUTES : end, readyCount: Number(readyCount) };
}

/** Faults by the form's paths, as `hours.0.until`. */
export function readyFaults({ readyCount, hours }: ReadyValues, machinesMax: number): Record<string, string> {
  const faults: Record<string, string> = {};
  const note = (path: string, fault: string | null): void => {
    if (fault !== null) faults[path] = fault;
  };
  const count = (value: number | ''): string | null =>
    whole(0, 10_000)(value) ??
    (Number(value) > machinesMax ? `The pool may have ${machinesMax} at most` : null);
  note('readyCount', count(readyCount));
  for (const [index, each] of hours.entries()) {
    const span = hoursOf(each);
    note(`hours.${index}.readyCount`, count(each.readyCount));
    if (each.weekdays.length === 0) note(`hours.${index}.weekdays`, 'Choose a day');
    if (span === undefined) note(`hours.${index}.until`, 'Two times');
    else if (span.untilMinute <= span.fromMinute) note(`hours.${index}.until`, 'It ends before it begins');
  }
  return faults;
}
