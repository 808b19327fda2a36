import { ActionIcon, NumberInput, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconTrash } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import type { ReadyValues } from './hours.ts';
import classes from './HoursFields.module.css';
import { WeekdaysField } from './WeekdaysField.tsx';

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
  return (
    <div className={classes.hours} role="group" aria-label={`Hours ${index + 1}`}>
      <WeekdaysField
        weekdays={weekdays}
        fault={form.errors[`${path}.weekdays`]}
        onChange={(chosen) => form.setFieldValue(`${path}.weekdays`, chosen)}
      />
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
