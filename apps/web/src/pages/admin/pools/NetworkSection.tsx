import { Checkbox, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { ChoiceCards } from '../../../components/ChoiceCards.tsx';
import { type Column, Rows, TwoLines } from '../../../components/DataTable.tsx';
import { StateBadge } from '../../../components/StateBadge.tsx';
import {
  faultsOf,
  formOf,
  type NetworkForm,
  type NetworkKind,
  networkOf,
  NETWORKS,
  roomOf,
} from './network.ts';
import { SettingsSection } from './SettingsSection.tsx';

const KINDS = Object.entries(NETWORKS).map(([value, words]) => ({ value: value as NetworkKind, ...words }));

const COLUMNS: readonly Column<Pool['networks'][number]>[] = [
  { header: 'Host', cell: ({ host, name }) => <TwoLines first={host} second={name} /> },
  {
    header: 'State',
    cell: ({ phase, reason }) => (
      <>
        <StateBadge state={phase} />
        {reason !== null && (
          <Text size="xs" c="dimmed" mt={4} maw={360}>
            {reason}
          </Text>
        )}
      </>
    ),
  },
  {
    header: 'Addresses',
    cell: ({ subnet, room, bridge }) =>
      subnet === null ? (
        (bridge ?? '–')
      ) : (
        <TwoLines first={subnet} second={`room for ${(room ?? 0).toLocaleString('en')} machines`} />
      ),
  },
];

/** What the pool's machines are plugged into, and how each host has it. */
export function NetworkSection({ pool }: { pool: Pool }): ReactElement {
  return (
    <SettingsSection<NetworkForm>
      pool={pool}
      title="Network"
      about="What machines are plugged into. On each, a guard keeps what is sent to the machine’s own MAC and address."
      values={formOf(pool.network)}
      validate={(form) => faultsOf(form, pool.machinesMax)}
      change={(form) => ({ network: networkOf(form) })}
      effect={
        pool.kind === 'pooled'
          ? 'Machines that wait are replaced; those in use keep their network until log-off. What they may no longer see is closed at once.'
          : 'From the next time a machine is switched on. What they may no longer see is closed at once.'
      }
      testId="pool-network"
    >
      {(form) => (
        <Stack>
          <ChoiceCards
            legend="Kind"
            choices={KINDS}
            value={form.values.kind}
            onChange={(kind) => form.setFieldValue('kind', kind)}
            testId="pool-network-kind"
          />
          {form.values.kind === 'bridge' ? <BridgeFields form={form} /> : <RangeField form={form} />}
          <Checkbox
            label="Machines of this pool may see each other"
            description="Without it nobody’s desktop reaches a neighbour’s, whatever runs on it."
            {...form.getInputProps('neighbours', { type: 'checkbox' })}
            data-testid="pool-network-neighbours"
          />
          <Hosts pool={pool} />
        </Stack>
      )}
    </SettingsSection>
  );
}

function RangeField({ form }: { form: UseFormReturnType<NetworkForm> }): ReactElement {
  const room = roomOf(form.values.subnet);
  const says =
    room === undefined
      ? 'Each host finds a free one of 4,079 machines when you leave this empty.'
      : `Room for ${room.toLocaleString('en')} machines.`;
  return (
    <TextInput
      label="Range of addresses"
      description={
        form.values.kind === 'routed' && room === undefined ? 'The one your router sends to the host.' : says
      }
      placeholder={form.values.kind === 'routed' ? '10.20.0.0/22' : 'A free one'}
      maw={420}
      {...form.getInputProps('subnet')}
    />
  );
}

function BridgeFields({ form }: { form: UseFormReturnType<NetworkForm> }): ReactElement {
  return (
    <>
      <Group align="start" gap="md" wrap="wrap">
        <TextInput
          label="Bridge"
          description="Its name, the same on every host."
          placeholder="br0"
          flex="1 1 200px"
          {...form.getInputProps('bridge')}
        />
        <NumberInput
          label="VLAN"
          description="The tag of their frames."
          placeholder="None"
          min={1}
          max={4_094}
          allowDecimal={false}
          flex="1 1 160px"
          {...form.getInputProps('vlan')}
        />
      </Group>
      <Checkbox
        label="It is a bridge of Open vSwitch"
        description="Which can tag frames. A Linux bridge can from libvirt 11 on; before, name a bridge that stands on the VLAN’s own interface."
        {...form.getInputProps('openVSwitch', { type: 'checkbox' })}
      />
      <Checkbox
        label="Machines speak IPv6"
        description="As neither router nor DHCP server, and under no other’s link-local address. Global addresses are not checked."
        {...form.getInputProps('ipv6', { type: 'checkbox' })}
      />
    </>
  );
}

function Hosts({ pool }: { pool: Pool }): ReactElement {
  if (pool.networks.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No host has looked yet.
      </Text>
    );
  }
  return (
    <Rows
      label="The network on each host"
      rows={pool.networks}
      keyOf={({ host }) => host}
      testId="pool-network-hosts"
      columns={COLUMNS}
    />
  );
}
