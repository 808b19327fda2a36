import { Button, Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { client, type Picture } from '../api/client.ts';
import { messageOf } from '../api/errors.ts';
import { Ago } from './Ago.tsx';
import classes from './MachinePicture.module.css';

/** A failure shows what was; the others what is now. */
export type Pictured = { kind: 'session' | 'machine' | 'failure'; id: string; name: string };

const TAKE: Record<Pictured['kind'], (id: string) => Promise<Picture>> = {
  session: (id) => client.sessions.picture({ id }),
  machine: (id) => client.machines.picture({ id }),
  failure: (id) => client.machines.failurePicture({ id }),
};

/** What a machine shows now. Taken when it is shown and when somebody asks again; kept no longer than it is seen. */
export function MachinePicture({ of }: { of: Pictured }): ReactElement {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['picture', of.kind, of.id],
    queryFn: () => TAKE[of.kind](of.id),
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const past = of.kind === 'failure';
  return (
    <div data-testid="machine-picture">
      <div className={classes.frame}>
        {data !== undefined && error === null ? (
          <img
            src={`data:image/png;base64,${data.png}`}
            width={data.width}
            height={data.height}
            alt={past ? `What ${of.name} showed at its end` : `What ${of.name} shows now`}
          />
        ) : (
          <div className={classes.nothing} role="status">
            {error === null ? (
              <Loader size="sm" mx="auto" role="img" aria-label="Taking a picture" />
            ) : (
              messageOf(error)
            )}
          </div>
        )}
      </div>
      <div className={classes.foot}>
        <Text size="xs" c="dimmed">
          {data === undefined || error !== null ? (
            'No picture'
          ) : (
            <>
              As it was <Ago at={data.takenAt} />
            </>
          )}
        </Text>
        {!past && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            loading={isFetching}
            onClick={() => void refetch()}
            data-testid="machine-picture-again"
          >
            Look again
          </Button>
        )}
      </div>
    </div>
  );
}
