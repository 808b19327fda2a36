import { Select, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type User } from '../api/client.ts';
import { messageOf } from '../api/errors.ts';
import { members } from './people.ts';

/** More would only be scrolled through; typing narrows them down. */
const SHOWN_MAX = 30;
/** The server searches; each key alone would ask it. */
const TYPING_MS = 150;

export type Who = { value: string; label: string; disabled: boolean };

/** Finds a person, or a group where those are wanted, by a part of the name or of the e-mail address. */
export function WhoSelect({
  groups: withGroups,
  chosen,
  onChoose,
  refusal,
  testId,
}: {
  groups: boolean;
  chosen: Who | null;
  onChoose: (who: Who | null) => void;
  /** Why somebody cannot be chosen; groups have no roles. */
  refusal: (id: string, roles: User['roles']) => string | undefined;
  testId: string;
}): ReactElement {
  const [typed, setTyped] = useState('');
  const [settled] = useDebouncedValue(typed, TYPING_MS);
  // What was chosen stands in the field: nobody is called that.
  const search = settled === chosen?.label ? '' : settled.trim();
  const users = useQuery(
    api.users.list.queryOptions({
      input: { search, limit: SHOWN_MAX },
      select: ({ items }) => items,
      placeholderData: keepPreviousData,
    }),
  );
  const groups = useQuery(
    api.groups.list.queryOptions({
      input: { search, limit: SHOWN_MAX },
      select: ({ items }) => items,
      placeholderData: keepPreviousData,
      enabled: withGroups,
    }),
  );
  const option = (id: string, label: string, roles: User['roles']): Who => {
    const reason = refusal(id, roles);
    return {
      value: id,
      label: reason === undefined ? label : `${label} (${reason})`,
      disabled: reason !== undefined,
    };
  };
  const found = [
    {
      group: 'Groups',
      items: withGroups
        ? (groups.data ?? [])
            .slice(0, SHOWN_MAX)
            .map((group) => option(group.id, `${group.name} (${members(group.members)})`, []))
        : [],
    },
    {
      group: 'People',
      items: (users.data ?? [])
        .slice(0, SHOWN_MAX)
        .map(({ id, name, email, roles }) => option(id, email === null ? name : `${name}, ${email}`, roles)),
    },
  ];
  const has = chosen === null || found.some(({ items }) => items.some(({ value }) => value === chosen.value));
  const data = has || chosen === null ? found : [...found, { group: 'Chosen', items: [chosen] }];
  const error = users.error ?? groups.error;
  return (
    <>
      {error !== null && <Text c="red">{messageOf(error)}</Text>}
      <Select
        flex={1}
        label={withGroups ? 'Person or group' : 'Person'}
        description="Type a part of the name or of the e-mail address."
        placeholder="Search"
        searchable
        searchValue={typed}
        onSearchChange={setTyped}
        // The server has searched.
        filter={({ options }) => options}
        nothingFoundMessage={
          withGroups
            ? 'Nobody, and no group, is called that.'
            : 'Nobody is called that. People are added under Users.'
        }
        data={data.filter(({ items }) => items.length > 0)}
        value={chosen?.value ?? null}
        onChange={(value) =>
          onChoose(data.flatMap(({ items }) => items).find((each) => each.value === value) ?? null)
        }
        // In the dialog, so that it belongs to it; fixed, so that the dialog does not cut it off.
        comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
        data-autofocus
        data-testid={testId}
      />
    </>
  );
}
