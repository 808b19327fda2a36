import { describe, expect, test } from 'vitest';
import { clockTime, minuteOf, weekOf, weekWords } from './week.ts';

const school = { weekdays: [1, 2], fromMinute: 450, untilMinute: 960, readyCount: 10 };

describe('the picture of a week', () => {
  test('has as many as always where no hours are', () => {
    expect(weekOf(2, [school])[2]).toEqual([{ fromMinute: 0, untilMinute: 1440, readyCount: 2 }]);
  });

  test('has the most that any of the hours asks for, never less than always', () => {
    const lesson = { weekdays: [1], fromMinute: 600, untilMinute: 1440, readyCount: 5 };
    const few = { weekdays: [1], fromMinute: 0, untilMinute: 1440, readyCount: 1 };
    expect(weekOf(2, [school, lesson, few])[0]).toEqual([
      { fromMinute: 0, untilMinute: 450, readyCount: 2 },
      { fromMinute: 450, untilMinute: 960, readyCount: 10 },
      { fromMinute: 960, untilMinute: 1440, readyCount: 5 },
    ]);
  });

  test('is told in words', () => {
    expect(weekWords(weekOf(2, [school]))).toMatch(
      /^Mon: 2 from 00:00 to 07:30, 10 from 07:30 to 16:00, 2 from 16:00 to 24:00; Tue.*Sun: 2 all day$/,
    );
  });
});

test('a time is read as it is written', () => {
  expect(minuteOf(clockTime(455))).toBe(455);
  expect(minuteOf('')).toBeUndefined();
});
