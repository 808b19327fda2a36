import { describe, expect, it } from 'vitest';
import { weekdaysOf, windowOf, windowWords } from './maintenance.ts';

const window = {
  weekdays: [1, 2, 3, 4, 5],
  fromMinute: 1_320,
  lastsMinutes: 240,
  timeZone: 'Europe/Vienna',
  atATime: 2,
  limitMinutes: 60,
  switchesOn: true,
};

describe('a maintenance window on the command line', () => {
  it('has its days by name, in spans and over the end of the week', () => {
    expect(weekdaysOf('mon-fri')).toEqual([1, 2, 3, 4, 5]);
    expect(weekdaysOf('Sunday,wed')).toEqual([3, 7]);
    expect(weekdaysOf('sat-mon')).toEqual([1, 6, 7]);
    expect(weekdaysOf('daily')).toHaveLength(7);
    for (const text of ['', 'someday', 'mon-', '1-5']) expect(() => weekdaysOf(text)).toThrow(/no day/);
  });

  it('keeps what is not given, and says what is missing or does not fit', () => {
    expect(windowOf({}, window)).toBeUndefined();
    expect(windowOf({ from: '23:30', atATime: '4', switchOn: false }, window)).toEqual({
      ...window,
      fromMinute: 1_410,
      atATime: 4,
      switchesOn: false,
    });
    expect(windowOf({ days: 'sat', from: '01:00', lasts: '120', timeZone: 'UTC' }, null)).toEqual({
      weekdays: [6],
      fromMinute: 60,
      lastsMinutes: 120,
      timeZone: 'UTC',
      atATime: 1,
      limitMinutes: 60,
      switchesOn: true,
    });
    expect(() => windowOf({ from: '23:30' }, null)).toThrow('The pool has no window yet');
    expect(() => windowOf({ lasts: 'long' }, window)).toThrow(/^lastsMinutes: /);
    expect(() => windowOf({ lasts: '30' }, window)).toThrow(/may take longer than the window lasts/);
  });

  it('is told in words', () => {
    expect(windowWords(window)).toBe(
      'Window: mon, tue, wed, thu, fri from 22:00 for 240 min (Europe/Vienna); 2 at a time on each host, 60 min each at most; machines that are off are switched on for it.',
    );
    expect(windowWords(null)).toMatch(/^No maintenance window/);
  });
});
