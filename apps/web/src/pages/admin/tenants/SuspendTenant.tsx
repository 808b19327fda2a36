import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Tenant } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';

export function SuspendTenant({ tenant, onClose }: { tenant: Tenant; onClose: () => void }): ReactElement {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const suspend = useMutation({
    ...api.tenants.suspend.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.tenants.key() });
      onClose();
    },
  });
  const said = reason.trim();
  return (
    <Confirm
      opened
      title={`Suspend ${tenant.name}?`}
      action="Suspend"
      busy={suspend.isPending}
      error={suspend.error}
      onConfirm={() => suspend.mutate({ id: tenant.id, ...(said === '' ? {} : { reason: said }) })}
      onClose={onClose}
    >
      Its people are signed out everywhere and let in no more, until you let it go on. What it has stays.
      <TextInput
        label="Why"
        description="Its people read it."
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.currentTarget.value)}
        mt="md"
        data-testid="suspend-reason"
      />
    </Confirm>
  );
}
