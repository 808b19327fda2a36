import type { QuotaLimits } from '@orangery/contract';
import { Alert, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { type Who, WhoSelect } from '../../../components/WhoSelect.tsx';
import { LimitsForm } from './LimitsForm.tsx';

/** Of whom; undefined: they are chosen in the form. */
export type QuotaSubject = { scope: 'tenant' | 'each' } | { principalId: string } | undefined;

/** Sets a quota: of the tenant, of each person, or of one person or group. */
export function EditQuota({
  title,
  subject,
  limits,
  taken,
  onClose,
}: {
  title: string;
  subject: QuotaSubject;
  limits: QuotaLimits | null;
  /** Ids of who has one already. */
  taken: readonly string[];
  onClose: () => void;
}): ReactElement {
  const [chosen, setChosen] = useState<Who | null>(null);
  const queries = useQueryClient();
  const save = useMutation({
    ...api.quotas.set.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.quotas.key() });
      await queries.invalidateQueries({ queryKey: api.tenants.key() });
      onClose();
    },
  });
  const of = subject ?? (chosen === null ? undefined : { principalId: chosen.value });
  return (
    <Dialog opened onClose={onClose} title={title}>
      {save.error !== null && (
        <Alert color="red" variant="light" role="alert" mb="md">
          {messageOf(save.error)}
        </Alert>
      )}
      <Text size="sm" c="dimmed" mb="md">
        What is left empty is not limited. What is there already stays; it counts from the next request on.
      </Text>
      {subject === undefined && (
        <WhoSelect
          groups
          chosen={chosen}
          onChoose={setChosen}
          refusal={(id) => (taken.includes(id) ? 'has a quota already' : undefined)}
          testId="quota-who"
        />
      )}
      <LimitsForm
        limits={limits}
        busy={save.isPending}
        ready={of !== undefined}
        onSave={(values) => {
          if (of !== undefined) save.mutate({ ...of, limits: values });
        }}
        onClose={onClose}
      />
    </Dialog>
  );
}
