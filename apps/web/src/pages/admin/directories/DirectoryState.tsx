import type { ReactElement } from 'react';
import type { Directory } from '../../../api/client.ts';
import { TwoLines } from '../../../components/DataTable.tsx';
import { StateBadge } from '../../../components/StateBadge.tsx';

/** What the last look at a directory found. */
export function DirectoryState({ directory }: { directory: Directory }): ReactElement {
  const { enabled, status } = directory;
  if (!enabled) return <TwoLines first="Turned off" second="nobody signs in by it" />;
  if (status === null) return <TwoLines first={<StateBadge state="new" />} second="not looked at yet" />;
  const isGood = status.outcome !== 'failed';
  return <TwoLines first={<StateBadge state={isGood ? 'ready' : 'unreachable'} />} second={status.detail} />;
}
