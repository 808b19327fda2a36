import { Group, SegmentedControl, SimpleGrid, Skeleton, Title } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Chart } from './charts.ts';
import { LiveChart } from './LiveChart.tsx';

export type Span = 'hour' | 'week';

/** How far points of a span lie apart, and how often there are new ones. */
export const SPANS = { hour: { everyMs: 10_000 }, week: { everyMs: 900_000 } } as const;

/** The charts of a thing, over the last hour or the last week. */
export function ChartsSection({
  span,
  onSpan,
  at,
  charts,
}: {
  span: Span;
  onSpan: (span: Span) => void;
  at: readonly number[] | undefined;
  charts: readonly Chart[];
}): ReactElement {
  return (
    <section aria-label="How it goes" data-testid="charts" style={{ marginBottom: 28 }}>
      <Group justify="space-between" mb="sm">
        <Title order={2} fz={17}>
          How it goes
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="Since when"
          value={span}
          onChange={(value) => onSpan(value === 'week' ? 'week' : 'hour')}
          data={[
            { value: 'hour', label: 'Last hour' },
            { value: 'week', label: 'Last week' },
          ]}
        />
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {at === undefined
          ? [0, 1, 2, 3].map((each) => <Skeleton key={each} height={210} radius="lg" />)
          : charts.map((chart) => (
              <LiveChart key={chart.title} chart={chart} at={at} everyMs={SPANS[span].everyMs} />
            ))}
      </SimpleGrid>
    </section>
  );
}
