import { Checkbox, Progress, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Host } from '../../../api/client.ts';
import { TwoLines } from '../../../components/DataTable.tsx';
import { bytes, milliseconds } from '../../../components/format.ts';

/** KSM: whether the host's kernel keeps equal pages of machines once, and what that saves. */
export function SharedMemory({ host }: { host: Host }): ReactElement | null {
  const queries = useQueryClient();
  const update = useMutation({
    ...api.hosts.update.mutationOptions(),
    onSuccess: () => queries.invalidateQueries({ queryKey: api.hosts.key() }),
  });
  const found = host.facts?.memorySharing ?? null;
  if (found === null) return null;
  if (!found.switchable) {
    return (
      <Text size="xs" c="dimmed" mt={6} maw={240}>
        Equal memory:{' '}
        {found.savedBytes > 0 ? `kept once, saves ${bytes(found.savedBytes)}.` : 'saves nothing.'} Switched on
        the host itself: <code>/sys/kernel/mm/ksm/run</code>
      </Text>
    );
  }
  const on = host.shareMemory ?? found.on ?? false;
  return (
    <>
      <Checkbox
        checked={on}
        disabled={update.isPending}
        onChange={({ currentTarget }) => update.mutate({ id: host.id, shareMemory: currentTarget.checked })}
        label="Equal memory kept once"
        size="xs"
        mt={6}
        aria-label={`Keep equal memory of machines on ${host.name} once`}
        data-testid="host-share-memory"
      />
      <Text size="xs" c="dimmed" mt={5} maw={240}>
        {found.savedBytes > 0
          ? `Saves ${bytes(found.savedBytes)}.`
          : on
            ? 'Nothing found yet.'
            : 'Costs CPU.'}{' '}
        Machines could learn a little of each other by it.
      </Text>
    </>
  );
}

/** What the host cannot hold its machines to, and how to make it so. */
export function Cannot({ facts }: { facts: NonNullable<Host['facts']> }): ReactElement | null {
  const { cpuLimits, guards } = facts.abilities ?? { cpuLimits: { works: true }, guards: { works: true } };
  const all = [
    { what: 'Limits of CPU time do not hold', ability: cpuLimits },
    { what: 'Machines get no network: they cannot be guarded', ability: guards },
  ];
  const lacking = all.flatMap(({ what, ability }) => (ability.works ? [] : [{ what, ...ability }]));
  if (lacking.length === 0) return null;
  return (
    <>
      {lacking.map(({ what, reason, fix }) => (
        <Text key={what} size="xs" mt={6} maw={360} component="div">
          <IconAlertTriangle size={14} stroke={2} aria-hidden="true" style={{ verticalAlign: '-2px' }} />{' '}
          {what}.
          <details style={{ overflowWrap: 'anywhere' }}>
            <summary style={{ cursor: 'pointer' }}>Why, and what to do</summary>
            {reason}. {fix}
          </details>
        </Text>
      ))}
    </>
  );
}

export function Hypervisor({ facts }: { facts: NonNullable<Host['facts']> }): ReactElement {
  return (
    <TwoLines
      first={`${facts.hypervisor} ${facts.hypervisorVersion}`}
      second={
        <>
          {facts.managementVersion}, {facts.accelerator === 'kvm' ? 'accelerated' : 'emulated, slow'}
          <details style={{ maxWidth: 360, overflowWrap: 'anywhere' }}>
            <summary style={{ cursor: 'pointer' }}>How this was found out</summary>
            {facts.probe}
          </details>
        </>
      }
    />
  );
}

export function Load({ host: { load, starts } }: { host: Host }): ReactElement | string {
  if (load === null) return '–';
  const percent = Math.round(load.cpuBusy * 100);
  return (
    <div style={{ minWidth: 150 }}>
      <Progress
        value={percent}
        color={percent > 85 ? 'red' : percent > 70 ? 'citrus' : 'leaf'}
        size={8}
        radius="xl"
        aria-label={`Processors, ${percent} % busy`}
      />
      <Text size="xs" c="dimmed" mt={5}>
        {percent} % busy
        {load.diskMs === null ? '' : `, ${milliseconds(load.diskMs)} a disk request`}
        <br />
        {starts.max} starts at a time: {starts.reason}
      </Text>
    </div>
  );
}

export function Storage({ storage }: { storage: NonNullable<Host['storage']> }): ReactElement {
  const used = storage.capacityBytes - storage.availableBytes;
  const percent = storage.capacityBytes === 0 ? 0 : Math.round((used / storage.capacityBytes) * 100);
  return (
    <div style={{ minWidth: 160 }}>
      <Progress
        value={percent}
        color={percent > 90 ? 'red' : percent > 75 ? 'citrus' : 'leaf'}
        size={8}
        radius="xl"
        aria-label={`Storage, ${percent} % used`}
      />
      <Text size="xs" c="dimmed" mt={5}>
        {bytes(storage.availableBytes)} of {bytes(storage.capacityBytes)} free
        <br />
        {storage.path}
      </Text>
    </div>
  );
}
