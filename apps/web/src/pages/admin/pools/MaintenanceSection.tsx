import { Checkbox, NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { lastsOf, typedWindow, windowFaults, windowIn, type WindowValues } from './maintenance.ts';
import classes from './MaintenanceSection.module.css';
import { Section, SettingsSection } from './SettingsSection.tsx';
import { WeekdaysField } from './WeekdaysField.tsx';

const TITLE = 'Maintenance window';
const ABOUT = 'Updates, scans and the like, when nobody works: each machine in a moment of its own.';
const ZONES_SHOWN_MAX = 30;

/** When machines of people's own do what would make their people wait. */
export function MaintenanceSection({ pool }: { pool: Pool }): ReactElement {
  if (pool.kind === 'pooled') {
    return (
      <Section title={TITLE} about={ABOUT}>
        <Text size="sm" c="dimmed">
          Not needed in this pool: its machines are thrown away at log-off, and nothing in them runs by
          itself. Updates come with their image, which can refresh itself on a schedule, under Images.
        </Text>
      </Section>
    );
  }
  return (
    <SettingsSection<WindowValues>
      pool={pool}
      title={TITLE}
      about={ABOUT}
      values={typedWindow(pool)}
      validate={windowFaults}
      change={(values) => ({ maintenance: windowIn(values) })}
      effect="Counts at once, also for a window that is open now. What runs goes on; whoever works is never disturbed."
      testId="pool-maintenance"
    >
      {(form) => <WindowFields form={form} />}
    </SettingsSection>
  );
}

function WindowFields({ form }: { form: UseFormReturnType<WindowValues> }): ReactElement {
  const { on, weekdays, timeZone } = form.values;
  const lasts = lastsOf(form.values);
  return (
    <Stack>
      <Checkbox
        label="Machines are maintained by themselves"
        description="Without it nothing is: timers of the guest are held, so that not all of them fire in the same minute."
        {...form.getInputProps('on', { type: 'checkbox' })}
        data-testid="pool-maintenance-on"
      />
      {on && (
        <>
          <div className={classes.times}>
            <WeekdaysField
              weekdays={weekdays}
              fault={form.errors['weekdays']}
              onChange={(chosen) => form.setFieldValue('weekdays', chosen)}
            />
            <TextInput label="From" type="time" w={138} {...form.getInputProps('from')} />
            <TextInput label="Until" type="time" w={138} {...form.getInputProps('until')} />
            <Text size="xs" c="dimmed" className={classes.lasts}>
              {lasts === undefined ? '' : lastsWords(lasts)}
            </Text>
          </div>
          <SimpleGrid cols={{ base: 1, xs: 3 }} style={{ alignItems: 'end' }}>
            <Select
              label="Time zone"
              description="Summer time is kept."
              searchable
              limit={ZONES_SHOWN_MAX}
              allowDeselect={false}
              nothingFoundMessage="No time zone is called that."
              data={[...new Set([timeZone, ...Intl.supportedValuesOf('timeZone')])]}
              {...form.getInputProps('timeZone')}
            />
            <NumberInput
              label="At a time"
              description="On each host; fewer while it is strained."
              min={1}
              max={100}
              allowDecimal={false}
              {...form.getInputProps('atATime')}
            />
            <NumberInput
              label="Each at most"
              description="What is not done then is cut off."
              suffix=" min"
              min={5}
              max={720}
              allowDecimal={false}
              {...form.getInputProps('limitMinutes')}
            />
          </SimpleGrid>
          <Checkbox
            label="Switch machines on for it"
            description="And off again, unless their person came meanwhile. Without it, machines that are off are left out."
            {...form.getInputProps('switchesOn', { type: 'checkbox' })}
          />
        </>
      )}
    </Stack>
  );
}

function lastsWords(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const words = [...(hours > 0 ? [`${hours} h`] : []), ...(rest > 0 || hours === 0 ? [`${rest} min`] : [])];
  return `${words.join(' ')} each time`;
}
