import { Checkbox, NumberInput, SimpleGrid, Stack } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { SettingsSection } from './SettingsSection.tsx';
import { wholeOrNone } from './words.ts';

type Limit = Exclude<keyof Pool['limits'], 'memoryLocked'>;
type Values = Record<Limit, number | ''> & { memoryLocked: boolean };

/** Each number: what it bounds, in which bounds it may be, and what its absence means. */
const FIELDS: readonly {
  key: Limit;
  label: string;
  says: string;
  suffix: string;
  min: number;
  max: number;
  none: string;
}[] = [
  {
    key: 'cpuShares',
    label: 'Weight',
    says: 'When a host’s CPUs are short, twice the weight gets twice the time.',
    suffix: '',
    min: 2,
    max: 10_000,
    none: 'As others',
  },
  {
    key: 'cpuCapPercent',
    label: 'CPU at most',
    says: 'Of one CPU, even when the host is idle: 150 % is one and a half.',
    suffix: ' %',
    min: 1,
    max: 25_600,
    none: 'No limit',
  },
  {
    key: 'readMibPerS',
    label: 'Reads from its disk',
    says: 'So that one machine does not slow down all.',
    suffix: ' MiB/s',
    min: 1,
    max: 100_000,
    none: 'No limit',
  },
  {
    key: 'writeMibPerS',
    label: 'Writes to its disk',
    says: 'The same, for what it writes.',
    suffix: ' MiB/s',
    min: 1,
    max: 100_000,
    none: 'No limit',
  },
  {
    key: 'iops',
    label: 'Disk operations',
    says: 'Reads and writes together; many small ones cost more than their size.',
    suffix: ' a second',
    min: 10,
    max: 1_000_000,
    none: 'No limit',
  },
];

/** What a machine may take, so that its neighbours have theirs. */
export function LimitsSection({ pool }: { pool: Pool }): ReactElement {
  const { limits } = pool;
  const values: Values = {
    cpuShares: limits.cpuShares ?? '',
    cpuCapPercent: limits.cpuCapPercent ?? '',
    readMibPerS: limits.readMibPerS ?? '',
    writeMibPerS: limits.writeMibPerS ?? '',
    iops: limits.iops ?? '',
    memoryLocked: limits.memoryLocked,
  };
  return (
    <SettingsSection<Values>
      pool={pool}
      title="Limits"
      about="What each machine may take of its host, so that no neighbour starves. An empty field is no limit."
      values={values}
      validate={(filled) =>
        Object.fromEntries(FIELDS.map(({ key, min, max }) => [key, wholeOrNone(min, max)(filled[key])]))
      }
      change={({ memoryLocked, ...numbers }) => ({
        limits: {
          ...Object.fromEntries(FIELDS.map(({ key }) => [key, numbers[key] === '' ? null : numbers[key]])),
          memoryLocked,
        },
      })}
      effect={
        pool.kind === 'pooled'
          ? 'For machines made from now on. Those that wait or are in use keep what they were made with.'
          : 'From the next time a machine is switched on.'
      }
      testId="pool-limits"
    >
      {(form) => (
        <Stack>
          <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'end' }}>
            {FIELDS.map(({ key, label, says, suffix, min, max, none }) => (
              <NumberInput
                key={key}
                label={label}
                description={says}
                suffix={suffix}
                placeholder={none}
                min={min}
                max={max}
                allowDecimal={false}
                {...form.getInputProps(key)}
              />
            ))}
          </SimpleGrid>
          <Checkbox
            label="Memory is kept"
            description="The host never lends it to others nor swaps it out: steady, but no host runs more of them than it has memory for."
            {...form.getInputProps('memoryLocked', { type: 'checkbox' })}
          />
        </Stack>
      )}
    </SettingsSection>
  );
}
