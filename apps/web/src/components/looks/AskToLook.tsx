import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useEffect } from 'react';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { pollMs } from '../../api/polling.ts';
import { LookWithout } from './LookWithout.tsx';

/** Stands where a picture of somebody's screen would be: asks them, and tells what they say. */
export function AskToLook({
  sessionId,
  person,
  onAllowed,
  onBecause,
}: {
  sessionId: string;
  person: string;
  onAllowed: () => void;
  onBecause: (because: string) => void;
}): ReactElement {
  const queries = useQueryClient();
  const { data } = useQuery(api.looks.list.queryOptions({ refetchInterval: () => pollMs(true) }));
  const look = data?.find((each) => !each.ofMine && each.sessionId === sessionId);
  const ask = useMutation({
    ...api.looks.ask.mutationOptions(),
    meta: { inline: true },
    onSuccess: () => queries.invalidateQueries({ queryKey: api.looks.key() }),
  });
  const allowed = look?.state === 'allowed';
  useEffect(() => {
    if (allowed) onAllowed();
  }, [allowed, onAllowed]);
  const asked = look?.state === 'asked';
  return (
    <Stack gap="sm" align="center" data-testid="ask-to-look">
      <Text size="sm" role="status">
        {asked
          ? `${person} is asked, wherever they are signed in. The picture comes when they allow it.`
          : look?.state === 'refused'
            ? `${person} did not allow it.`
            : `${person} decides who sees their screen.`}
      </Text>
      {ask.error !== null && (
        <Alert color="red" variant="light" role="alert">
          {messageOf(ask.error)}
        </Alert>
      )}
      <Group gap="sm">
        <Button
          size="xs"
          loading={ask.isPending || asked}
          onClick={() => ask.mutate({ id: sessionId })}
          data-testid="look-ask"
        >
          {look === undefined ? `Ask ${person}` : 'Ask again'}
        </Button>
      </Group>
      <LookWithout onBecause={onBecause} />
    </Stack>
  );
}
