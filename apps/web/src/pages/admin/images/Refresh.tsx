import { Alert, Button, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Image } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Ago } from '../../../components/Ago.tsx';
import { Dialog } from '../../../components/Dialog.tsx';
import { clockTime, minuteOf, refreshSays, WEEKDAYS } from './refresh.ts';

/** When an image is built anew by itself, what came of it last, and both by hand. */
export function Refresh({ image }: { image: Image }): ReactElement | null {
  const [setting, setSetting] = useState(false);
  const queries = useQueryClient();
  const now = useMutation({
    ...api.images.refreshNow.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      notifications.show({
        message: 'Today’s packages are looked up; a new version is built if one has changed.',
      });
    },
  });
  if (image.recipe === null) return null;
  const { refresh } = image;
  return (
    <Group gap="xs" mb="sm" data-testid={`refresh-${image.name}`}>
      <Text size="sm" c="dimmed">
        {refreshSays(refresh)}
        {refresh.lastAt !== null && (
          <>
            {' '}
            Last looked <Ago at={refresh.lastAt} />: {refresh.lastResult}
          </>
        )}
      </Text>
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => setSetting(true)}
        aria-label={`Schedule refreshes of ${image.title}`}
        data-testid="refresh-set"
      >
        Schedule
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        loading={now.isPending}
        onClick={() => now.mutate({ id: image.id })}
        aria-label={`Refresh now: ${image.title}`}
        data-testid="refresh-now"
      >
        Refresh now
      </Button>
      {setting && <SetRefresh image={image} onClose={() => setSetting(false)} />}
    </Group>
  );
}

const EVERY = [
  { value: 'off', label: 'Never by itself' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'Every week' },
] as const;

function SetRefresh({ image, onClose }: { image: Image; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const { refresh } = image;
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const form = useForm({
    initialValues: {
      every: refresh.every,
      weekday: String(refresh.weekday),
      at: clockTime(refresh.atMinute),
      timeZone: refresh.every === 'off' ? here : refresh.timeZone,
      jitterMinutes: refresh.jitterMinutes,
    },
    validate: { at: (at) => (minuteOf(at) === undefined ? 'A time as in 03:00' : null) },
  });
  const save = useMutation({
    ...api.images.setRefresh.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      onClose();
    },
  });
  const { every } = form.values;
  return (
    <Dialog opened onClose={onClose} title={`When ${image.title} is refreshed`}>
      <form
        onSubmit={form.onSubmit(({ at, weekday, ...rest }) =>
          save.mutate({ id: image.id, ...rest, weekday: Number(weekday), atMinute: minuteOf(at) ?? 0 }),
        )}
        noValidate
      >
        <Stack>
          <Text size="sm" c="dimmed">
            It is built from its recipe with the packages of that day. If one has changed, and the boot test
            goes well, the new version is current and is rolled out in waves. Its notes say which packages
            changed.
          </Text>
          {save.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(save.error)}
            </Alert>
          )}
          <Select label="How often" data={EVERY} allowDeselect={false} {...form.getInputProps('every')} />
          {every === 'weekly' && (
            <Select
              label="Day"
              allowDeselect={false}
              data={WEEKDAYS.map((label, index) => ({ value: String(index + 1), label }))}
              {...form.getInputProps('weekday')}
            />
          )}
          {every !== 'off' && (
            <>
              <Group grow>
                <TextInput label="At" type="time" {...form.getInputProps('at')} />
                <NumberInput
                  label="Or up to so much later"
                  suffix=" min"
                  min={0}
                  max={1_440}
                  allowDecimal={false}
                  {...form.getInputProps('jitterMinutes')}
                />
              </Group>
              <TextInput
                label="Time zone"
                description="As in Europe/Vienna."
                {...form.getInputProps('timeZone')}
              />
            </>
          )}
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} data-testid="refresh-save">
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
