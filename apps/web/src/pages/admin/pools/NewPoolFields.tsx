import { Checkbox, NativeSelect, NumberInput, SimpleGrid, Stack, Textarea } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ReactElement } from 'react';
import { ChoiceCards } from '../../../components/ChoiceCards.tsx';
import { MemoryField } from './MemoryField.tsx';
import { type NewPoolForm, type Size, SIZES } from './new-pool.ts';
import classes from './NewPoolPage.module.css';
import { DISKS } from './words.ts';

type Form = { form: UseFormReturnType<NewPoolForm> };

const SIZE_CHOICES = [
  ...Object.entries(SIZES).map(([value, { title, says }]) => ({ value: value as Size, title, says })),
  { value: 'own' as Size, title: 'Other', says: 'CPUs and memory by numbers.' },
];

export function SizeFields({ form }: Form): ReactElement {
  const { size } = form.values;
  return (
    <div>
      <ChoiceCards
        legend="Size"
        about="Of each machine. A host keeps the memory of every machine that runs."
        choices={SIZE_CHOICES}
        value={size}
        onChange={(chosen) => form.setFieldValue('size', chosen)}
        cardWidth={170}
        testId="pool-size"
      />
      {size === 'own' && (
        <SimpleGrid cols={{ base: 1, xs: 2 }} mt="md" style={{ alignItems: 'end' }}>
          <NumberInput
            label="CPUs"
            description="They share those of the host."
            min={1}
            max={256}
            allowDecimal={false}
            {...form.getInputProps('cpus')}
          />
          <MemoryField
            description="The host keeps it while the machine runs."
            {...form.getInputProps('memoryMib')}
          />
        </SimpleGrid>
      )}
    </div>
  );
}

/** What has a good answer already. */
export function MoreFields({ form }: Form): ReactElement {
  const pooled = form.values.kind === 'pooled';
  // A fault in what is folded away would not be seen.
  const faulty = ['readyCount', 'machinesMax', 'profileGib'].some((name) => name in form.errors);
  return (
    <details className={classes.more} {...(faulty ? { open: true } : {})}>
      <summary className={classes.summary} data-testid="pool-more">
        More <span>– description, how many, files; limits and hours come on its page</span>
      </summary>
      <Stack className={classes.inner}>
        <Textarea
          label="Description"
          description="On the tile, below the title. Without one, the image’s own is there."
          autosize
          minRows={2}
          maxLength={2_000}
          {...form.getInputProps('description')}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'end' }}>
          <NumberInput
            label="Ready machines"
            description={
              pooled
                ? 'Wait for people, started and warm.'
                : 'One’s own is made when its person first comes. When it is switched on ahead is said on its page.'
            }
            disabled={!pooled}
            min={0}
            max={10_000}
            allowDecimal={false}
            {...form.getInputProps('readyCount')}
          />
          <NumberInput
            label="Machines at most"
            description={pooled ? 'In use and ready together.' : 'So many people may have one.'}
            min={1}
            max={10_000}
            allowDecimal={false}
            {...form.getInputProps('machinesMax')}
          />
        </SimpleGrid>
        {!pooled && (
          <NativeSelect
            label="Disks"
            description="Linked takes little room and no time to make. A copy needs neither the image nor its version later."
            data={DISKS}
            maw={420}
            {...form.getInputProps('diskKind')}
          />
        )}
        <Checkbox
          label="Files follow people"
          description={
            pooled
              ? 'Each person has a disk of their own, plugged into whatever machine they get.'
              : 'Their files stay on their own machine; no disk is needed for them.'
          }
          disabled={!pooled}
          {...form.getInputProps('follows', { type: 'checkbox' })}
          {...(pooled ? {} : { checked: false })}
        />
        {pooled && form.values.follows && (
          <NumberInput
            label="Size of each person’s disk"
            description="It takes only what is written to it. It can grow later, never shrink."
            suffix=" GiB"
            min={1}
            max={16_384}
            allowDecimal={false}
            maw={320}
            {...form.getInputProps('profileGib')}
          />
        )}
      </Stack>
    </details>
  );
}
