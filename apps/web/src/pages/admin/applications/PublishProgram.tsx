import { Alert, Button, Group, Select, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { skipToken, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Program } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { ProgramIcon } from '../../../components/ProgramIcon.tsx';
import { ReasonButton } from '../../../components/ReasonButton.tsx';
import classes from './PublishProgram.module.css';
import { freeSlug } from './slug.ts';

/** Chooses a pool and one of the programs that its image offers. */
export function PublishProgram({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const pools = useQuery(api.pools.list.queryOptions());
  const there = useQuery(api.applications.list.queryOptions());
  const [wanted, setWanted] = useState<string | null>(null);
  const [program, setProgram] = useState<Program | undefined>();
  const [title, setTitle] = useState('');
  const poolId = wanted ?? pools.data?.[0]?.id;
  const programs = useQuery(
    api.applications.programs.queryOptions({ input: poolId === undefined ? skipToken : { id: poolId } }),
  );
  const create = useMutation({
    ...api.applications.create.mutationOptions(),
    meta: { inline: true },
    async onSuccess(made) {
      await queries.invalidateQueries({ queryKey: api.applications.key() });
      notifications.show({ title: `${made.title} is published`, message: 'Choose now who may open it.' });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title="Publish a program">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (poolId === undefined || program === undefined) return;
          const name = freeSlug(title, new Set(there.data?.map((each) => each.name)));
          create.mutate({ name, poolId, program: program.program, title: title.trim() });
        }}
        noValidate
      >
        <Stack>
          {create.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(create.error)}
            </Alert>
          )}
          <Select
            label="From the machines of"
            data={(pools.data ?? []).map(({ id, title: words }) => ({ value: id, label: words }))}
            value={poolId ?? null}
            onChange={(id) => {
              setWanted(id);
              setProgram(undefined);
            }}
            allowDeselect={false}
            comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
            data-testid="publish-pool"
          />
          <Programs
            programs={programs.data}
            error={programs.error}
            chosen={program}
            onChoose={(each) => {
              setProgram(each);
              setTitle(each.name);
            }}
          />
          <TextInput
            label="Title"
            description="What people read on the tile."
            value={title}
            maxLength={200}
            onChange={(event) => setTitle(event.currentTarget.value)}
            data-testid="publish-title"
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <ReasonButton
              type="submit"
              loading={create.isPending}
              reason={
                program === undefined
                  ? 'Choose a program.'
                  : title.trim() === ''
                    ? 'Give it a title.'
                    : undefined
              }
              data-testid="publish-save"
            >
              Publish
            </ReasonButton>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Programs({
  programs,
  error,
  chosen,
  onChoose,
}: {
  programs: readonly Program[] | undefined;
  error: Error | null;
  chosen: Program | undefined;
  onChoose: (program: Program) => void;
}): ReactElement {
  if (error !== null)
    return (
      <Alert color="red" variant="light" role="alert">
        {messageOf(error)}
      </Alert>
    );
  if (programs === undefined) return <Skeleton height={120} radius="md" aria-hidden="true" />;
  if (programs.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing is known of its programs yet. They are read when a template of its image is made; images that
        were made before, or elsewhere, say nothing: build a new version.
      </Text>
    );
  }
  return (
    <fieldset className={classes.programs} data-testid="publish-programs">
      <Text component="legend" size="sm" fw={500} mb={4}>
        Program
      </Text>
      {programs.map((program) => (
        <label key={program.program} className={classes.program} title={program.description}>
          <input
            type="radio"
            name="program"
            checked={chosen?.program === program.program}
            onChange={() => onChoose(program)}
          />
          <ProgramIcon icon={program.icon} title={program.name} size={30} />
          <Text size="sm" truncate>
            {program.name}
          </Text>
        </label>
      ))}
    </fieldset>
  );
}
