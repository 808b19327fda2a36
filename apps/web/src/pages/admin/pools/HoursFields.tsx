import { ActionIcon, NumberInput, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconTrash } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import type { ReadyValues } from './hours.ts';
import classes from './HoursFields.module.css';
import { WEEKDAYS } from './week.ts';

/** One line of hours: on which days, from when to when, how many. */
export function HoursFields({
  form,
  index,
}: {
  form: UseFormReturnType<ReadyValues>;
  index: number;
}): ReactElement {
  const path = `hours.${index}`;
  const weekdays = form.values.hours[index]?.weekdays ?? [];
  const fault = form.errors[`${path}.weekdays`];
  const toggle = (day: number): void =>
    form.setFieldValue(
      `${path}.weekdays`,
      weekdays.includes(day)
        ? weekdays.filter((each) => each !== day)
        : [...weekdays, day].toSorted((a, b) => a - b),
    );
  return (
    <div className={classes.hours} role="group" aria-label={`Hours ${index + 1}`}>
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
        {fault !== undefined && <p className={classes.fault}>{fault}</p>}
      </div>
      <TextInput label="From" type="time" w={138} {...form.getInputProps(`${path}.from`)} />
      <TextInput label="Until" type="time" w={138} {...form.getInputProps(`${path}.until`)} />
      <NumberInput
        label="Ready"
        w={112}
        min={0}
        max={10_000}
        allowDecimal={false}
        {...form.getInputProps(`${path}.readyCount`)}
      />
      <ActionIcon
        className={classes.remove}
        variant="default"
        size={36}
        onClick={() => form.removeListItem('hours', index)}
        aria-label={`Remove hours ${index + 1}`}
      >
        <IconTrash size={18} stroke={1.8} />
      </ActionIcon>
    </div>
  );
}
