import { Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Image, type Progress, type Template } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { bytes } from '../../components/format.ts';
import { ProgressLine } from '../../components/ProgressLine.tsx';
import { StateBadge } from '../../components/StateBadge.tsx';
import { PageHead } from './PageHead.tsx';

type Version = Image['versions'][number] & { image: string; title: string };

const size = (count: number | null): string => (count === null ? '–' : bytes(count));

function State({
  phase,
  progress,
  reason,
}: {
  phase: string;
  progress: Progress | null;
  reason: string | null;
}): ReactElement {
  const underWay = phase !== 'ready' && phase !== 'failed';
  return (
    <div style={{ minWidth: 180 }}>
      <StateBadge state={phase} />
      {underWay && progress !== null && (
        <div style={{ marginTop: 8 }}>
          <ProgressLine progress={progress} />
        </div>
      )}
      {reason !== null && (
        <Text size="xs" c="dimmed" mt={4} maw={360}>
          {reason}
        </Text>
      )}
    </div>
  );
}

const VERSION_COLUMNS: readonly Column<Version>[] = [
  { header: 'Image', cell: (version) => <TwoLines first={version.title} second={version.image} /> },
  { header: 'Version', cell: ({ version, current }) => `${version}${current ? ', current' : ''}` },
  { header: 'State', cell: (version) => <State {...version} /> },
  {
    header: 'Size',
    cell: ({ virtualBytes, fileBytes }) => (
      <TwoLines first={size(fileBytes)} second={`disk of ${size(virtualBytes)}`} />
    ),
  },
  { header: 'Ready', cell: ({ readyAt }) => <Ago at={readyAt} /> },
];

const TEMPLATE_COLUMNS: readonly Column<Template>[] = [
  { header: 'Image', cell: ({ image, version }) => <TwoLines first={image} second={`version ${version}`} /> },
  { header: 'Host', cell: ({ host, hostClass }) => <TwoLines first={host} second={hostClass} /> },
  { header: 'State', cell: (template) => <State {...template} /> },
  { header: 'Saved memory', cell: ({ savedMemoryBytes }) => size(savedMemoryBytes) },
  { header: 'Ready', cell: ({ readyAt }) => <Ago at={readyAt} /> },
];

const isSettled = ({ phase }: { phase: string }): boolean => phase === 'ready' || phase === 'failed';

export function ImagesPage(): ReactElement {
  const images = useQuery(
    api.images.list.queryOptions({
      select: (list): Version[] =>
        list.flatMap(({ name, title, versions }) =>
          versions.map((version) => Object.assign({}, version, { image: name, title })),
        ),
      refetchInterval: ({ state }) =>
        pollMs(state.data?.some(({ versions }) => !versions.every(isSettled)) ?? true),
    }),
  );
  const templates = useQuery(
    api.templates.list.queryOptions({
      refetchInterval: ({ state }) => pollMs(!(state.data?.every(isSettled) ?? false)),
    }),
  );
  return (
    <>
      <PageHead title="Images">Golden disks, and the templates that machines are forked from.</PageHead>
      <DataTable
        label="Image versions"
        query={images}
        columns={VERSION_COLUMNS}
        keyOf={(version) => version.id}
        empty="No images yet. The first one is built when Orangery starts."
        testId="images"
      />
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
