import { Fragment, type ReactElement } from 'react';
import { clockTime, DAY_MINUTES, type Span, WEEKDAYS, weekWords } from './week.ts';
import classes from './WeekPicture.module.css';

/** The lowest bar that is still seen, and that a number fits in. */
const LOW_PERCENT = 44;
/** A narrower bar has no room for its number. */
const NARROW = 0.06;

/** How many machines are ready through a week, day by day. */
export function WeekPicture({
  week,
  readyCount,
}: {
  week: readonly Span[][];
  readyCount: number;
}): ReactElement {
  const most = Math.max(1, ...week.flat().map((span) => span.readyCount));
  return (
    <div className={classes.week} role="img" aria-label={`Ready machines in a week. ${weekWords(week)}`}>
      {week.map((spans, day) => (
        <Fragment key={WEEKDAYS[day]}>
          <span className={classes.day}>{WEEKDAYS[day]}</span>
          <div className={classes.line}>
            {spans.map((span) => {
              const share = (span.untilMinute - span.fromMinute) / DAY_MINUTES;
              const height =
                span.readyCount === 0 ? 0 : LOW_PERCENT + (100 - LOW_PERCENT) * (span.readyCount / most);
              return (
                <span
                  key={span.fromMinute}
                  className={classes.span}
                  data-more={span.readyCount > readyCount || undefined}
                  style={{ width: `${share * 100}%`, height: `${height}%` }}
                  title={`${span.readyCount} ready, ${clockTime(span.fromMinute)} to ${clockTime(span.untilMinute)}`}
                >
                  {share < NARROW ? '' : span.readyCount}
                </span>
              );
            })}
          </div>
        </Fragment>
      ))}
      <span className={classes.axis}>
        {[0, 6, 12, 18, 24].map((hour) => (
          <span key={hour}>{hour}</span>
        ))}
      </span>
    </div>
  );
}
