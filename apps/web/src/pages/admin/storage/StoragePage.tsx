import { Alert, Progress, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Storage } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { pollMs } from '../../../api/polling.ts';
import { bytes } from '../../../components/format.ts';
import { PageHead } from '../PageHead.tsx';
import { DedupePart } from './DedupePart.tsx';
import { DedupeSettings } from './DedupeSettings.tsx';
import classes from './StoragePage.module.css';

/** The storage of each host: how full it is, and what lies on it once though many have it. */
export function StoragePage(): ReactElement {
  const { data, error } = useQuery(
    api.storage.list.queryOptions({
      refetchInterval: ({ state }) =>
        pollMs(state.data?.some(({ dedupe }) => dedupe.runs[0]?.endedAt === null) ?? false),
    }),
  );
  return (
    <>
      <PageHead title="Storage">
        Where machines’ disks lie. What many people save can be stored once: nothing changes for who reads it.
      </PageHead>
      {error !== null && (
        <Alert color="red" variant="light" mb="lg" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      {data === undefined && error === null && <Skeleton height={320} radius="lg" aria-hidden="true" />}
      <div data-testid="storage">
        {data?.map((storage) => (
          <OneStorage key={storage.id} storage={storage} />
        ))}
      </div>
    </>
  );
}

function OneStorage({ storage }: { storage: Storage }): ReactElement {
  const { dedupe } = storage;
  return (
    <section className={classes.storage} aria-labelledby={`storage-${storage.id}`}>
      <div className={classes.head}>
        <div>
          <Title order={2} fz={20} id={`storage-${storage.id}`}>
            {storage.host}
          </Title>
          <div className={classes.path}>{storage.path}</div>
        </div>
        <Room storage={storage} />
      </div>
      {dedupe.obstacle !== null && dedupe.runs.length === 0 ? (
        <Text size="sm" c="dimmed" mt="lg" maw={720} data-testid="storage-obstacle">
          Equal content cannot be stored once here. {dedupe.obstacle}
        </Text>
      ) : (
        <div className={classes.parts}>
          <DedupePart storage={storage} />
          <DedupeSettings
            key={JSON.stringify([dedupe.enabled, dedupe.fromMinute, dedupe.untilMinute])}
            storage={storage}
          />
        </div>
      )}
    </section>
  );
}

function Room({ storage: { capacityBytes, availableBytes } }: { storage: Storage }): ReactElement | null {
  if (capacityBytes === null || availableBytes === null) return null;
  const percent =
    capacityBytes === 0 ? 0 : Math.round(((capacityBytes - availableBytes) / capacityBytes) * 100);
  return (
    <div className={classes.room}>
      <Progress
        value={percent}
        color={percent > 90 ? 'red' : percent > 75 ? 'citrus' : 'leaf'}
        size={8}
        radius="xl"
        aria-label={`${percent} % used`}
      />
      <Text size="xs" c="dimmed" mt={6}>
        {bytes(availableBytes)} of {bytes(capacityBytes)} free
      </Text>
    </div>
  );
}
