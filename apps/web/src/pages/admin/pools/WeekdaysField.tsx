import type { ReactElement } from 'react';
import { WEEKDAYS } from './week.ts';
import classes from './WeekdaysField.module.css';

/** Days of the week to choose from; 1 is Monday. */
export function WeekdaysField({
  weekdays,
  fault,
  onChange,
}: {
  weekdays: readonly number[];
  fault: unknown;
  onChange: (weekdays: number[]) => void;
}): ReactElement {
  const toggle = (day: number): void =>
    onChange(
      weekdays.includes(day)
        ? weekdays.filter((each) => each !== day)
        : [...weekdays, day].toSorted((a, b) => a - b),
    );
  return (
    <div>
      <fieldset className={classes.days}>
        <legend>On</legend>
        {WEEKDAYS.map((name, at) => (
          <label key={name} className={classes.day}>
            <input type="checkbox" checked={weekdays.includes(at + 1)} onChange={() => toggle(at + 1)} />
            {name}
          </label>
        ))}
      </fieldset>
      {typeof fault === 'string' && <p className={classes.fault}>{fault}</p>}
    </div>
  );
}
