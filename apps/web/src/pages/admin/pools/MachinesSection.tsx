import { NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Image, type Pool } from '../../../api/client.ts';
import { MemoryField } from './MemoryField.tsx';
import { SettingsSection } from './SettingsSection.tsx';
import { DISKS, whole } from './words.ts';

type Values = {
  imageVersionId: string;
  cpus: number | '';
  memoryMib: number | '';
  machinesMax: number | '';
  machineName: string;
  diskKind: Pool['diskKind'];
};

const NAME = /^[a-z0-9{}-]{1,60}$/;

/** What its machines are made from, and how large they are. */
export function MachinesSection({ pool }: { pool: Pool }): ReactElement {
  const images = useQuery(api.images.list.queryOptions());
  const image = images.data?.find(({ name }) => name === pool.image);
  const pooled = pool.kind === 'pooled';
  const values: Values = {
    imageVersionId: pool.imageVersionId ?? '',
    cpus: pool.cpus,
    memoryMib: pool.memoryMib,
    machinesMax: pool.machinesMax,
    machineName: pool.machineName,
    diskKind: pool.diskKind,
  };
  return (
    <SettingsSection<Values>
      pool={pool}
      title="Machines"
      about={`Made from ${image?.title ?? pool.image}. ${
        pooled ? 'Each is used by one person once.' : 'Each belongs to one person.'
      }`}
      values={values}
      validate={validate}
      change={(filled) => ({
        imageVersionId: filled.imageVersionId === '' ? null : filled.imageVersionId,
        cpus: Number(filled.cpus),
        memoryMib: Number(filled.memoryMib),
        machinesMax: Number(filled.machinesMax),
        machineName: filled.machineName,
        ...(pooled ? {} : { diskKind: filled.diskKind }),
      })}
      effect={
        pooled
          ? 'Machines that people use stay as they are until log-off. Those that wait are replaced, one by one, as soon as new ones are ready.'
          : 'CPUs and memory change when a machine is next switched on. Version and disk count for machines that are still to be made.'
      }
      testId="pool-machines"
    >
      {(form) => (
        <Stack>
          <NativeSelect
            label="Image version"
            description="Following takes each version that is made current. Kept on one, this pool stays there until you choose another: forwards or back."
            data={versionChoices(image, pool.imageVersionId)}
            {...form.getInputProps('imageVersionId')}
            data-testid="pool-version"
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'end' }}>
            <NumberInput
              label="CPUs"
              description="Machines share the host’s; more of them than it has is usual."
              min={1}
              max={256}
              allowDecimal={false}
              {...form.getInputProps('cpus')}
              data-testid="pool-cpus"
            />
            <MemoryField
              description="Each machine that runs takes it from its host."
              {...form.getInputProps('memoryMib')}
            />
            <NumberInput
              label="Machines at most"
              description={
                pooled
                  ? 'In use and ready together. Who comes when all are in use waits in order.'
                  : 'So many people may have one. Lowering it takes nobody’s away.'
              }
              min={1}
              max={10_000}
              allowDecimal={false}
              {...form.getInputProps('machinesMax')}
              data-testid="pool-machines-max"
            />
            <TextInput
              label="Names of machines"
              description={`{pool}, {random}${pooled ? '' : ', {person}'}; counts for those to be made.`}
              {...form.getInputProps('machineName')}
            />
            {!pooled && (
              <NativeSelect
                label="Disks"
                description="A copy takes its whole size and minutes to make; its version can be deleted then."
                data={DISKS}
                {...form.getInputProps('diskKind')}
                data-testid="pool-disk-kind"
              />
            )}
          </SimpleGrid>
        </Stack>
      )}
    </SettingsSection>
  );
}

function validate({ cpus, memoryMib, machinesMax, machineName }: Values): Record<string, string | null> {
  return {
    cpus: whole(1, 256)(cpus),
    memoryMib: whole(128, 4_194_304)(memoryMib) === null ? null : 'From 0.125 to 4,096 GiB',
    machinesMax: whole(1, 10_000)(machinesMax),
    machineName: NAME.test(machineName)
      ? null
      : 'Small letters, digits, hyphens, and {pool}, {person} or {random}',
  };
}

function versionChoices(
  image: Image | undefined,
  chosen: string | null,
): { value: string; label: string; disabled?: boolean }[] {
  const versions = image?.versions ?? [];
  const current = versions.find((version) => version.current);
  const follow = current === undefined ? '' : ` (version ${current.version} now)`;
  return [
    { value: '', label: `Follow the current one${follow}` },
    ...versions.map(({ id, version, phase }) => ({
      value: id,
      label: `Keep on version ${version}${phase === 'ready' ? '' : ` (${phase})`}`,
      disabled: phase !== 'ready' && id !== chosen,
    })),
  ];
}
