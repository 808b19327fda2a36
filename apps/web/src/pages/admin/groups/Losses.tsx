import { Alert, List, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { lossOf } from './words.ts';

const SHOWN_MAX = 8;

/** Who loses what if the group is deleted, or one member taken out. */
export function Losses({ groupId, personId }: { groupId: string; personId?: string }): ReactElement {
  const losses = useQuery(
    api.groups.losses.queryOptions({
      input: { id: groupId, ...(personId === undefined ? {} : { personId }) },
      staleTime: 0,
    }),
  );
  if (losses.error !== null)
    return (
      <Alert color="red" variant="light" role="alert" mt="md">
        {messageOf(losses.error)}
      </Alert>
    );
  if (losses.data === undefined) return <Skeleton height={48} radius="md" mt="md" aria-hidden="true" />;
  const { count, people } = losses.data;
  if (count === 0)
    return (
      <Text inherit mt="xs" data-testid="no-losses">
        Nobody loses a desktop or an application by it.
      </Text>
    );
  const more = count - Math.min(people.length, SHOWN_MAX);
  const open = people.some(({ desktops }) => desktops.some(({ session }) => session !== null));
  return (
    <Alert
      color="citrus"
      variant="light"
      mt="md"
      title={count === 1 ? 'One person loses something' : `${count} people lose something`}
      data-testid="losses"
    >
      <List size="sm" spacing={4}>
        {people.slice(0, SHOWN_MAX).map((person) => (
          <List.Item key={person.id}>
            {person.name}: {lossOf(person)}
          </List.Item>
        ))}
        {more > 0 && <List.Item>and {more} more</List.Item>}
      </List>
      {open && (
        <Text size="sm" mt="xs">
          Who looks at it now goes on until they leave it; then they cannot come back. What nobody has looked
          at yet ends at once.
        </Text>
      )}
    </Alert>
  );
}
