import { Button, Checkbox, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Storage } from '../../../api/client.ts';
import { focusFirstFault } from '../../../components/first-fault.ts';
import { ReasonButton } from '../../../components/ReasonButton.tsx';
import { clockTime, minuteOf } from '../pools/week.ts';
import { whole } from '../pools/words.ts';
import classes from './StoragePage.module.css';

type Values = {
  enabled: boolean;
  from: string;
  until: string;
  timeZone: string;
  latencyLimitMs: number | '';
};

/** When equal content is looked for, and for whom it makes way. */
export function DedupeSettings({ storage }: { storage: Storage }): ReactElement {
  const { dedupe } = storage;
  const queries = useQueryClient();
  // Who has never set it means their own clock.
  const untouched = !dedupe.enabled && dedupe.timeZone === 'UTC';
  const form = useForm<Values>({
    initialValues: {
      enabled: dedupe.enabled,
      from: clockTime(dedupe.fromMinute),
      until: clockTime(dedupe.untilMinute),
      timeZone: untouched ? new Intl.DateTimeFormat().resolvedOptions().timeZone : dedupe.timeZone,
      latencyLimitMs: dedupe.latencyLimitMs,
    },
    validate: {
      from: (from) => (minuteOf(from) === undefined ? 'A time' : null),
      until: (until, { from }) =>
        minuteOf(until) === undefined ? 'A time' : until === from ? 'It ends where it begins' : null,
      latencyLimitMs: whole(1, 10_000),
    },
  });
  const save = useMutation({
    ...api.storage.update.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.storage.key() });
      notifications.show({ message: `${storage.host}: saved` });
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(
        ({ enabled, from, until, timeZone, latencyLimitMs }) =>
          save.mutate({
            id: storage.id,
            enabled,
            fromMinute: minuteOf(from) ?? 0,
            untilMinute: minuteOf(until) ?? 0,
            timeZone,
            latencyLimitMs: Number(latencyLimitMs),
          }),
        (_faults, _values, event) => focusFirstFault(event),
      )}
      noValidate
      aria-label={`When equal content is stored once on ${storage.host}`}
    >
      <Stack gap="md">
        <Checkbox
          label="Each day"
          description="At hours when few people work. Where its time is over it ends, and goes on the next day."
          {...form.getInputProps('enabled', { type: 'checkbox' })}
          data-testid="storage-daily"
        />
        <div className={classes.times}>
          <TextInput
            label="From"
            type="time"
            w={138}
            disabled={!form.values.enabled}
            {...form.getInputProps('from')}
          />
          <TextInput
            label="Until"
            type="time"
            w={138}
            disabled={!form.values.enabled}
            {...form.getInputProps('until')}
          />
          <Text size="xs" c="dimmed" pb={9}>
            {form.values.timeZone}
          </Text>
        </div>
        <NumberInput
          label="Makes way above"
          description="It stands still while machines wait longer for their disks, on average."
          suffix=" ms"
          min={1}
          max={10_000}
          allowDecimal={false}
          {...form.getInputProps('latencyLimitMs')}
        />
      </Stack>
      <div className={classes.foot}>
        {form.isDirty() && (
          <Button variant="default" onClick={() => form.reset()}>
            Undo
          </Button>
        )}
        <ReasonButton
          type="submit"
          loading={save.isPending}
          reason={form.isDirty() ? undefined : 'Nothing is changed here.'}
          data-testid="storage-save"
        >
          Save
        </ReasonButton>
      </div>
    </form>
  );
}
