import { Button, Checkbox, NumberInput, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { randomId } from '@mantine/hooks';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { hoursOf, readyFaults, type ReadyValues, typedHours } from './hours.ts';
import { DemandPicture } from './DemandPicture.tsx';
import { HoursFields } from './HoursFields.tsx';
import { SettingsSection } from './SettingsSection.tsx';
import { weekOf } from './week.ts';
import { WeekPicture } from './WeekPicture.tsx';

const HOURS_MAX = 50;
/** More would only be scrolled through; typing narrows them down. */
const ZONES_SHOWN_MAX = 30;
/** What is kept ready differs, how it is asked for does not. */
const WORDS = {
  pooled: {
    title: 'Ready machines',
    about: 'Machines that wait, started and warm: who comes has one at once.',
    always: 'Always ready',
    none: '0 makes people wait for theirs; it saves memory.',
    effect:
      'Machines that wait are made or given back within seconds; nobody at work notices. Each takes its memory from a host.',
    learns:
      'More wait where people came at the same hour of the same weekday; one day alone makes no custom.',
    more: 'Add hours with more',
  },
  persistent: {
    title: 'Switched on ahead',
    about:
      'Machines that are switched on before their people come, so that nobody waits while theirs boots: of those who most often come at this hour of this weekday.',
    always: 'Always on',
    none: '0: each boots when its person comes.',
    effect:
      'Machines of those who most often come at this hour are switched on. Those that nobody came to are switched off as after a log-off. Each takes its memory from a host.',
    learns:
      'As many are on as people came at the same hour of the same weekday; one day alone makes no custom.',
    more: 'Add hours',
  },
} as const;

/** How many machines wait for people, and at which hours more. */
export function ReadySection({ pool }: { pool: Pool }): ReactElement {
  const words = WORDS[pool.kind];
  const zones = [...new Set([pool.timeZone, ...pool.hours.map(({ timeZone }) => timeZone)])];
  const values: ReadyValues = {
    readyCount: pool.readyCount,
    timeZone: pool.timeZone,
    learns: pool.learns,
    hours: pool.hours.map((each, index) => typedHours(each, String(index))),
  };
  return (
    <SettingsSection<ReadyValues>
      pool={pool}
      title={words.title}
      about={words.about}
      values={values}
      validate={(filled) => readyFaults(filled, pool.machinesMax)}
      change={({ readyCount, timeZone, learns, hours }) => ({
        readyCount: Number(readyCount),
        learns,
        timeZone,
        hours: hours
          .map(hoursOf)
          .filter((each) => each !== undefined)
          .map((each) => ({ ...each, timeZone })),
      })}
      effect={words.effect}
      testId="pool-ready"
    >
      {(form) => (
        <>
          <DemandPicture pool={pool} />
          <ReadyFields form={form} words={words} mixed={zones.length > 1 ? zones : []} />
        </>
      )}
    </SettingsSection>
  );
}

function ReadyFields({
  form,
  words,
  mixed,
}: {
  form: UseFormReturnType<ReadyValues>;
  words: (typeof WORDS)[Pool['kind']];
  mixed: readonly string[];
}): ReactElement {
  const { readyCount, timeZone, hours } = form.values;
  const always = Number(readyCount);
  const week = weekOf(
    always,
    hours.map(hoursOf).filter((each) => each !== undefined),
  );
  const add = (): void =>
    form.insertListItem('hours', {
      key: randomId(),
      weekdays: [1, 2, 3, 4, 5],
      from: '07:30',
      until: '17:00',
      readyCount: Math.max(always + 1, 5),
    });
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'end' }}>
        <NumberInput
          label={words.always}
          description={words.none}
          min={0}
          max={10_000}
          allowDecimal={false}
          {...form.getInputProps('readyCount')}
          data-testid="pool-ready-count"
        />
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
      </SimpleGrid>
      {mixed.length > 0 && (
        <Text size="xs" c="dimmed">
          These hours are in several time zones ({mixed.join(', ')}); saving puts all of them into {timeZone}.
        </Text>
      )}
      <Checkbox
        label="Learn from the weeks before"
        description={words.learns}
        {...form.getInputProps('learns', { type: 'checkbox' })}
        data-testid="pool-learns"
      />
      <WeekPicture week={week} readyCount={always} />
      {hours.map((each, index) => (
        <HoursFields key={each.key} form={form} index={index} />
      ))}
      <div>
        <Button
          variant="default"
          size="sm"
          onClick={add}
          disabled={hours.length >= HOURS_MAX}
          data-testid="pool-hours-add"
        >
          {words.more}
        </Button>
      </div>
    </Stack>
  );
}
