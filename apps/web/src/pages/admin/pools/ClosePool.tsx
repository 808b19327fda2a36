import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Pool } from '../../../api/client.ts';
import { Dialog } from '../../../components/Dialog.tsx';

/** Closes a pool to new sessions, with what people are told. */
export function ClosePool({ pool, onClose }: { pool: Pool; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { reason: '' },
    validate: { reason: (reason) => (reason.trim() === '' ? 'People want to know why' : null) },
  });
  const close = useMutation({
    ...api.pools.update.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.pools.key() });
      notifications.show({ title: `${pool.title} is closed`, message: 'Sessions that run go on.' });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Close ${pool.title}?`}>
      <form
        onSubmit={form.onSubmit(({ reason }) => close.mutate({ id: pool.id, closedReason: reason.trim() }))}
        noValidate
      >
        <Stack>
          <Text size="sm" c="dimmed">
            Nobody begins a session until you open it again. Sessions that run go on
            {pool.kind === 'pooled' ? '; machines that wait are given back' : ''}.
          </Text>
          <Textarea
            label="Why"
            description="People read it on the tile, as: New programs are installed; open again on Monday at 8."
            autosize
            minRows={2}
            maxLength={500}
            data-autofocus
            {...form.getInputProps('reason')}
            data-testid="pool-close-reason"
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={close.isPending} data-testid="pool-close-save">
              Close it
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
