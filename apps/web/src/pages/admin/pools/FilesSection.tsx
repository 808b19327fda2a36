import { Checkbox, NumberInput, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { Section, SettingsSection } from './SettingsSection.tsx';
import { whole } from './words.ts';

type Values = { follows: boolean; gib: number | '' };

const TITLE = 'Files that follow people';
const ABOUT = 'A profile disk: each person’s own, plugged into whatever machine they get.';
const SIZE_GIB = 10;

/** Whether what people save outlives the machine, and how much of it. */
export function FilesSection({ pool }: { pool: Pool }): ReactElement {
  if (pool.kind === 'persistent') {
    return (
      <Section title={TITLE} about={ABOUT}>
        <Text size="sm" c="dimmed">
          Not needed in this pool: each machine is one’s own and kept, and files are on its disk. They do not
          come along to other pools.
        </Text>
      </Section>
    );
  }
  return (
    <SettingsSection<Values>
      pool={pool}
      title={TITLE}
      about={ABOUT}
      values={{ follows: pool.profileGib !== null, gib: pool.profileGib ?? SIZE_GIB }}
      validate={({ follows, gib }) => (follows ? { gib: whole(1, 16_384)(gib) } : {})}
      change={({ follows, gib }) => ({ profileGib: follows ? Number(gib) : null })}
      effect="From each person’s next session. Nothing is deleted: disks that are there are kept when this is switched off, and come back when it is switched on."
      testId="pool-files"
    >
      {(form) => (
        <Stack>
          <Checkbox
            label="Files follow people"
            description="Their home folder is on a disk of their own. Without it, what they save ends with the machine."
            {...form.getInputProps('follows', { type: 'checkbox' })}
            data-testid="pool-files-follow"
          />
          <NumberInput
            label="Size of each person’s disk"
            description="One disk a person, for all pools that have this; the largest size counts. It takes only what is written to it, grows at the next session, and never shrinks."
            suffix=" GiB"
            min={1}
            max={16_384}
            allowDecimal={false}
            disabled={!form.values.follows}
            maw={420}
            {...form.getInputProps('gib')}
          />
        </Stack>
      )}
    </SettingsSection>
  );
}
