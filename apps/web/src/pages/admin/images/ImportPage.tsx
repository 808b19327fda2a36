import {
  Alert,
  Anchor,
  Button,
  FileInput,
  Group,
  NumberInput,
  Progress,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type ReactElement, useEffect, useState } from 'react';
import { api, client } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { browserClock } from '../../../clock.ts';
import { ChoiceCards } from '../../../components/ChoiceCards.tsx';
import { focusFirstFault } from '../../../components/first-fault.ts';
import { bytes } from '../../../components/format.ts';
import { PageHead } from '../PageHead.tsx';
import { sendPiece, uploadFile, type UploadProgress } from './upload.ts';

type Kind = 'disk' | 'iso';
const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** Brings a disk of one's own along, or an installer: sent in pieces, with how far it is; a lost line costs a pause. */
export function ImportPage(): ReactElement {
  const images = useQuery(api.images.list.queryOptions());
  const [kind, setKind] = useState<Kind>('disk');
  const [file, setFile] = useState<File | null>(null);
  const [versionId, setVersionId] = useState<string | undefined>();
  const [tries, setTries] = useState(0);
  const [fault, setFault] = useState<string | undefined>();
  const form = useForm({
    initialValues: { name: '', title: '', notes: '', diskGib: 20 },
    validate: {
      name: (name) => (NAME.test(name) ? null : 'Small letters, digits and hyphens, at most 31'),
    },
  });
  const existing = images.data?.find(({ name }) => name === form.values.name);

  const begin = async (values: typeof form.values): Promise<void> => {
    if (file === null) {
      setFault('Choose a file.');
      return;
    }
    setFault(undefined);
    try {
      const { title, ...rest } = values;
      const { id } = await client.imports.begin({
        ...rest,
        ...(title.trim() === '' ? {} : { title }),
        kind,
        fileName: file.name,
        bytes: file.size,
      });
      setVersionId(id);
    } catch (error) {
      setFault(messageOf(error));
    }
  };

  return (
    <>
      <Anchor component={Link} to="/admin/images" size="sm">
        All images
      </Anchor>
      <PageHead title="Import">
        A disk that you have becomes an image, or the next version of one. From an installer, an image begins
        with an empty machine.
      </PageHead>
      {fault !== undefined && (
        <Alert color="red" variant="light" role="alert" mb="md" maw={640} data-testid="import-fault">
          {fault}
        </Alert>
      )}
      {versionId === undefined || file === null ? (
        <form
          onSubmit={form.onSubmit(
            (values) => void begin(values),
            (_faults, _values, event) => focusFirstFault(event),
          )}
          noValidate
          style={{ maxWidth: 640 }}
          data-testid="import-form"
        >
          <Stack gap="lg">
            <ChoiceCards
              testId="import-kind"
              legend="What it is"
              about="Instant desktops need Orangery’s guest agent and scripts in it: docs/images.md tells how they get there."
              value={kind}
              onChange={(value) => setKind(value === 'iso' ? 'iso' : 'disk')}
              choices={[
                { value: 'disk', title: 'A disk', says: 'A whole disk as a qcow2 or raw file.' },
                {
                  value: 'iso',
                  title: 'An installer',
                  says: 'An ISO: you install from it in a machine, and publish what you have made.',
                },
              ]}
            />
            <FileInput
              label="File"
              placeholder={kind === 'iso' ? 'Choose an ISO' : 'Choose a qcow2 or raw file'}
              description={file === null ? 'At most 512 GiB.' : bytes(file.size)}
              value={file}
              onChange={setFile}
              {...(kind === 'iso' ? { accept: '.iso' } : {})}
              data-testid="import-file"
            />
            <TextInput
              label="Name"
              description={
                existing === undefined
                  ? 'Of a new image; it stays as it is.'
                  : `It becomes the next version of ${existing.title}.`
              }
              {...form.getInputProps('name')}
              data-testid="import-name"
            />
            {existing === undefined && (
              <TextInput
                label="Title"
                description="What people read."
                maxLength={200}
                {...form.getInputProps('title')}
              />
            )}
            {kind === 'iso' && (
              <NumberInput
                label="Disk"
                description="Of the empty machine; what is not written takes no room."
                suffix=" GiB"
                min={1}
                max={2_048}
                allowDecimal={false}
                {...form.getInputProps('diskGib')}
              />
            )}
            <Textarea label="Notes" autosize minRows={2} maxLength={5_000} {...form.getInputProps('notes')} />
            <Group>
              <Button type="submit" data-testid="import-begin">
                Import
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Sending
          key={tries}
          file={file}
          kind={kind}
          versionId={versionId}
          onAgain={() => setTries(tries + 1)}
        />
      )}
    </>
  );
}

/** Sends the file while it is shown: who leaves the page leaves the upload, and can go on with it from the command line. */
function Sending({
  file,
  kind,
  versionId,
  onAgain,
}: {
  file: File;
  kind: Kind;
  versionId: string;
  onAgain: () => void;
}): ReactElement {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [progress, setProgress] = useState<UploadProgress | undefined>();
  const [error, setError] = useState<string | undefined>();
  useEffect(() => {
    const ending = new AbortController();
    const run = async (): Promise<void> => {
      const { received } = await client.imports.show({ id: versionId });
      const ports = {
        clock: browserClock,
        send: (offset: number, piece: Blob, signal: AbortSignal) =>
          sendPiece(versionId, offset, piece, signal),
        onProgress: setProgress,
      };
      await uploadFile(file, received, ports, ending.signal);
      await queries.invalidateQueries({ queryKey: api.images.key() });
      notifications.show({
        message: kind === 'iso' ? 'A machine is started from it.' : 'It is checked now, and made an image.',
      });
      await navigate({ to: '/admin/images' });
    };
    run().catch((thrown: unknown) => {
      if (!ending.signal.aborted) setError(messageOf(thrown));
    });
    return () => ending.abort(new Error('left'));
  }, [file, kind, versionId, queries, navigate]);
  const { name } = file;
  const percent = progress === undefined ? 0 : (progress.sent / progress.bytes) * 100;
  return (
    <Stack maw={640} gap="sm" data-testid="import-progress">
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {name}
      </Text>
      <Progress value={percent} size="lg" radius="xl" aria-label={`Upload of ${name}`} />
      <Text size="sm" c="dimmed" role="status">
        {progress === undefined
          ? 'Begins …'
          : `${bytes(progress.sent)} of ${bytes(progress.bytes)}${progress.rate === undefined ? '' : `, ${bytes(progress.rate)}/s, ${left(progress.leftMs)}`}`}
      </Text>
      {error === undefined ? (
        <Text size="sm" c="dimmed">
          Stay on this page until it is sent. A lost line costs only a pause.
        </Text>
      ) : (
        <Alert color="red" variant="light" role="alert">
          {error}
          <Group mt="sm">
            <Button size="xs" onClick={onAgain}>
              Go on
            </Button>
          </Group>
        </Alert>
      )}
    </Stack>
  );
}

function left(ms: number | undefined): string {
  if (ms === undefined) return '';
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `about ${seconds} s left` : `about ${Math.round(seconds / 60)} min left`;
}
