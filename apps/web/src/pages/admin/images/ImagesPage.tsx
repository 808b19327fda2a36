import { Button, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '../../../api/may.ts';
import type { ReactElement } from 'react';
import { api, type Template } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { pollMs } from '../../../api/polling.ts';
import { Ago } from '../../../components/Ago.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { bytes } from '../../../components/format.ts';
import { PageHead } from '../PageHead.tsx';
import { ImageSection } from './ImageSection.tsx';
import { State } from './State.tsx';
import type { Version } from './versions.ts';

const TEMPLATE_COLUMNS: readonly Column<Template>[] = [
  { header: 'Image', cell: ({ image, version }) => <TwoLines first={image} second={`version ${version}`} /> },
  { header: 'Host', cell: ({ host, hostClass }) => <TwoLines first={host} second={hostClass} /> },
  { header: 'State', cell: (template) => <State {...template} /> },
  {
    header: 'Saved memory',
    cell: ({ savedMemoryBytes }) => (savedMemoryBytes === null ? '–' : bytes(savedMemoryBytes)),
  },
  { header: 'Ready', cell: ({ readyAt }) => <Ago at={readyAt} /> },
];

const isSettled = ({ phase }: { phase: string }): boolean => phase === 'ready' || phase === 'failed';
const isStill = (version: Version): boolean => isSettled(version) || version.draft?.phase === 'open';

export function ImagesPage(): ReactElement {
  const may = useMay();
  const images = useQuery(
    api.images.list.queryOptions({
      refetchInterval: ({ state }) =>
        pollMs(state.data?.some(({ versions }) => !versions.every(isStill)) ?? true),
    }),
  );
  // Who follows which version; without it the page still tells the rest.
  const pools = useQuery(api.pools.list.queryOptions({ refetchInterval: pollMs(false) }));
  const templates = useQuery(
    api.templates.list.queryOptions({
      refetchInterval: ({ state }) => pollMs(!(state.data?.every(isSettled) ?? false)),
    }),
  );
  return (
    <>
      <PageHead
        title="Images"
        action={
          may('images.change') && (
            <Button component={Link} to="/admin/images/import" data-testid="image-import">
              Import
            </Button>
          )
        }
      >
        Golden disks, and the templates that machines are forked from. Pools follow the current version of
        their image, or are kept on one.
      </PageHead>
      {images.isError && (
        <Text c="red" mb="md" role="alert">
          {messageOf(images.error)}
        </Text>
      )}
      {images.data?.length === 0 && (
        <Text c="dimmed">No images yet. The first one is built when Orangery starts, or import one.</Text>
      )}
      <div data-testid="images">
        {images.data?.map((image) => (
          <ImageSection
            key={image.id}
            image={image}
            pools={(pools.data ?? []).filter((pool) => pool.image === image.name)}
          />
        ))}
      </div>
      <Title order={2} fz={18} mt="xl" mb="sm">
        Templates
      </Title>
      <DataTable
        label="Templates"
        query={templates}
        columns={TEMPLATE_COLUMNS}
        keyOf={(template) => template.id}
        empty="No templates yet. One is made as soon as an image version is ready and a host can run it."
        testId="templates"
      />
    </>
  );
}
