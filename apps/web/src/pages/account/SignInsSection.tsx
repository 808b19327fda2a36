import { Badge, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type SignInPlace } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { ReasonButton } from '../../components/ReasonButton.tsx';
import { Section } from '../../components/Section.tsx';

const columns = (end: (place: SignInPlace) => void): readonly Column<SignInPlace>[] => [
  {
    header: 'Browser',
    cell: ({ device, address, current }) => (
      <TwoLines
        first={
          <Group gap={8}>
            {device}
            {current && (
              <Badge variant="light" color="leaf">
                this one
              </Badge>
            )}
          </Group>
        }
        second={address}
      />
    ),
  },
  { header: 'Signed in', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { header: 'Last used', cell: ({ lastUsedAt }) => <Ago at={lastUsedAt} /> },
  {
    header: '',
    cell: (place) => (
      <ReasonButton
        size="xs"
        variant="default"
        reason={place.current ? 'You are here: use “Sign out” in the menu.' : undefined}
        onClick={() => end(place)}
        aria-label={`Sign out of ${place.device}, ${place.address}`}
        data-testid="sign-in-end"
      >
        Sign out
      </ReasonButton>
    ),
  },
];

export function SignInsSection(): ReactElement {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const places = useQuery(api.signIns.list.queryOptions({ refetchInterval: pollMs(false) }));
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.signIns.key() });
  const end = useMutation({ ...api.signIns.end.mutationOptions(), onSuccess: refresh });
  const endOthers = useMutation({
    ...api.signIns.endOthers.mutationOptions(),
    async onSuccess({ ended }) {
      await refresh();
      setAsking(false);
      notifications.show({
        message: `You are signed out in ${ended} other ${ended === 1 ? 'place' : 'places'}.`,
      });
    },
  });
  const others = places.data?.filter(({ current }) => !current).length ?? 0;
  return (
    <Section
      title="Where you are signed in"
      about="Signing out there closes what is looked at there. Your desktops go on."
      action={
        <ReasonButton
          variant="default"
          reason={others === 0 ? 'You are signed in nowhere else.' : undefined}
          onClick={() => setAsking(true)}
          data-testid="sign-ins-end"
        >
          Sign out elsewhere
        </ReasonButton>
      }
      testId="account-sign-ins"
    >
      <DataTable
        label="Sign-ins"
        query={places}
        columns={columns(({ id }) => end.mutate({ id }))}
        keyOf={({ id }) => id}
        empty="Nowhere."
        testId="sign-ins"
      />
      <Confirm
        opened={asking}
        title="Sign out everywhere but here?"
        action="Sign out elsewhere"
        loses={false}
        busy={endOthers.isPending}
        onConfirm={() => endOthers.mutate(undefined)}
        onClose={() => setAsking(false)}
      >
        {others} other {others === 1 ? 'browser is' : 'browsers are'} signed out. Desktops that are open there
        go on, and wait for you.
      </Confirm>
    </Section>
  );
}
