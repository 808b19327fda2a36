import { Group, Progress, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Progress as StepProgress } from '../api/client.ts';

/** How far a step is, and what is happening in it. */
export function ProgressLine({ progress }: { progress: StepProgress }): ReactElement {
  const percent = Math.round(progress.fraction * 100);
  return (
    <div>
      <Progress
        value={Math.max(2, percent)}
        size={6}
        radius="xl"
        animated
        striped
        aria-label={progress.step}
      />
      <Group justify="space-between" gap="xs" mt={6} wrap="nowrap">
        <Text size="xs" c="dimmed" truncate title={progress.detail}>
          {progress.detail === '' ? progress.step : `${progress.step}: ${progress.detail}`}
        </Text>
        <Text size="xs" c="dimmed" style={{ flex: 'none', fontVariantNumeric: 'tabular-nums' }}>
          {percent} %
        </Text>
      </Group>
    </div>
  );
}
