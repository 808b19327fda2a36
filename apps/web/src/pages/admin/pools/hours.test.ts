import { expect, test } from 'vitest';
import { hoursOf, readyFaults, typedHours } from './hours.ts';

const school = {
  weekdays: [1],
  fromMinute: 450,
  untilMinute: 1440,
  timeZone: 'Europe/Vienna',
  readyCount: 5,
};

test('hours come back as they were, also to the end of the day', () => {
  const { timeZone: _zone, ...rest } = school;
  expect(hoursOf(typedHours(school, 'a'))).toEqual(rest);
});

test('each fault is told where it is', () => {
  const hours = [{ ...typedHours(school, 'a'), weekdays: [], from: '09:00', until: '08:00' }];
  expect(readyFaults({ learns: true, readyCount: 2, timeZone: 'UTC', hours }, 4)).toEqual({
    'hours.0.readyCount': 'The pool may have 4 at most',
    'hours.0.weekdays': 'Choose a day',
    'hours.0.until': 'It ends before it begins',
  });
  expect(readyFaults({ learns: true, readyCount: '', timeZone: 'UTC', hours: [] }, 4)).toHaveProperty(
    'readyCount',
  );
});
