import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Progress } from '../../../api/client.ts';
import { ProgressLine } from '../../../components/ProgressLine.tsx';
import { StateBadge } from '../../../components/StateBadge.tsx';

/** How a version or a template is; how far, while it is being made; why, where it failed. */
export function State({
  phase,
  progress,
  reason,
}: {
  phase: string;
  progress: Progress | null;
  reason: string | null;
}): ReactElement {
  const underWay = !['ready', 'failed', 'authoring', 'off'].includes(phase);
  return (
    <div style={{ minWidth: underWay ? 180 : 0 }}>
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
