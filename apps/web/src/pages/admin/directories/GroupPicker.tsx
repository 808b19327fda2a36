import { Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Directory, type DirectoryGroup } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import classes from './GroupPicker.module.css';

const TYPING_MS = 250;
export type Picked = { id: string; name: string };

/** Finds a group in the directory as it is now; of a provider, which has no list, its name is written. */
export function GroupPicker({
  directory,
  picked,
  onPick,
  refusal,
}: {
  directory: Directory;
  picked: Picked | null;
  onPick: (group: Picked | null) => void;
  /** Why one cannot be chosen. */
  refusal: (group: DirectoryGroup) => string | undefined;
}): ReactElement {
  const isProvider = directory.settings.kind === 'openIdConnect';
  const [typed, setTyped] = useState('');
  const [settled] = useDebouncedValue(typed.trim(), TYPING_MS);
  const search = settled === picked?.name ? '' : settled;
  const groups = useQuery({
    ...api.directories.findGroups.queryOptions({
      input: { id: directory.id, search },
      placeholderData: keepPreviousData,
    }),
    enabled: !isProvider,
    meta: { inline: true },
  });
  if (isProvider) {
    return (
      <TextInput
        label="Group"
        description={`As the claim “${directory.settings.kind === 'openIdConnect' ? directory.settings.groupsClaim : ''}” names it: case matters`}
        value={picked?.id ?? ''}
        onChange={(event) => {
          const id = event.currentTarget.value;
          onPick(id === '' ? null : { id, name: id });
        }}
        className={classes.picker}
        data-testid="directory-group"
      />
    );
  }
  const found = groups.data ?? [];
  const has = picked === null || found.some(({ id }) => id === picked.id);
  const data = [
    ...found.map((group) => ({ ...group, refusal: refusal(group) })),
    ...(has ? [] : [{ ...picked, refusal: undefined }]),
  ];
  return (
    <div className={classes.picker}>
      {groups.error !== null && (
        <Text c="red" size="sm" role="alert">
          {messageOf(groups.error)}
        </Text>
      )}
      <Select
        label="Group"
        description="Type a part of its name; at most 100 are shown"
        placeholder="Search in the directory"
        searchable
        searchValue={typed}
        onSearchChange={setTyped}
        // The directory has searched.
        filter={({ options }) => options}
        nothingFoundMessage={groups.isPending ? 'The directory is asked …' : 'No group there is called that.'}
        data={data.map(({ id, name, refusal: why }) => ({
          value: id,
          label: why === undefined ? name : `${name} (${why})`,
          disabled: why !== undefined,
        }))}
        value={picked?.id ?? null}
        onChange={(id) => onPick(data.find((group) => group.id === id) ?? null)}
        comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
        data-testid="directory-group"
      />
    </div>
  );
}
