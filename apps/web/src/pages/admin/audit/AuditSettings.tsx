import { Alert, Button, Checkbox, Group, NumberInput, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type AuditSettingsShown } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Choice } from '../../../components/Choice.tsx';
import { Dialog } from '../../../components/Dialog.tsx';

const PORTS = { tls: 6514, tcp: 601, udp: 514 } as const;
const YEAR_DAYS = 365;

/** How long events are kept, and where they are sent. */
export function AuditSettings(): ReactElement {
  const [opened, setOpened] = useState(false);
  const settings = useQuery(api.audit.settings.queryOptions());
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)} data-testid="audit-settings">
        Keep and send
      </Button>
      {opened && settings.data !== undefined && (
        <SettingsDialog settings={settings.data} onClose={() => setOpened(false)} />
      )}
    </>
  );
}

function SettingsDialog({
  settings,
  onClose,
}: {
  settings: AuditSettingsShown;
  onClose: () => void;
}): ReactElement {
  const queries = useQueryClient();
  const { keepDays, syslog, sending } = settings;
  const form = useForm({
    mode: 'controlled',
    initialValues: {
      deletes: keepDays !== null,
      keepDays: (keepDays ?? YEAR_DAYS) as number | string,
      sends: syslog !== null,
      host: syslog?.host ?? '',
      port: (syslog?.port ?? PORTS.tls) as number | string,
      transport: syslog?.transport ?? 'tls',
      ca: syslog?.ca ?? '',
    },
    validate: {
      host: (host, { sends }) => (sends && host.trim() === '' ? 'Its name, as in log.example.org' : null),
    },
  });
  const save = useMutation({
    ...api.audit.configure.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.audit.settings.key() });
      onClose();
    },
  });
  const { deletes, sends } = form.values;
  return (
    <Dialog opened onClose={onClose} title="Keep and send">
      <form
        onSubmit={form.onSubmit(({ host, port, transport, ca, ...values }) =>
          save.mutate({
            keepDays: values.deletes ? Number(values.keepDays) : null,
            syslog: values.sends ? { host: host.trim(), port: Number(port), transport, ca } : null,
          }),
        )}
        noValidate
      >
        <Stack>
          {save.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(save.error)}
            </Alert>
          )}
          <Checkbox
            label="Delete old events"
            description="The chain of those that are kept can still be checked."
            {...form.getInputProps('deletes', { type: 'checkbox' })}
          />
          {deletes && (
            <NumberInput
              label="Days until an event is deleted"
              min={30}
              max={36_500}
              {...form.getInputProps('keepDays')}
            />
          )}
          <Checkbox
            label="Send events to a log server"
            description="Syslog (RFC 5424): each event from now on, as JSON."
            {...form.getInputProps('sends', { type: 'checkbox' })}
          />
          {sends && (
            <>
              {sending !== null && sending.reason !== null && (
                <Alert color="red" variant="light">
                  {sending.waiting} events wait: {sending.reason}
                </Alert>
              )}
              <TextInput label="Log server" {...form.getInputProps('host')} />
              <Choice
                label="Over"
                {...form.getInputProps('transport')}
                onChange={(value) => {
                  const transport = value as keyof typeof PORTS;
                  form.setValues({ transport, port: PORTS[transport] });
                }}
                data={[
                  { value: 'tls', label: 'TLS' },
                  { value: 'tcp', label: 'TCP' },
                  { value: 'udp', label: 'UDP' },
                ]}
              />
              <NumberInput label="Port" min={1} max={65_535} {...form.getInputProps('port')} />
              {form.values.transport === 'tls' && (
                <Textarea
                  label="Authority of its certificate"
                  description="As PEM, where it is one of your own."
                  autosize
                  minRows={2}
                  maxRows={6}
                  {...form.getInputProps('ca')}
                />
              )}
            </>
          )}
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} data-testid="audit-save">
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
