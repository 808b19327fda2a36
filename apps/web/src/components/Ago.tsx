import type { ReactElement } from 'react';
import { ago } from './format.ts';
import { useNow } from './use-now.ts';

/** When something was; the exact time for who points at it. */
export function Ago({ at }: { at: string | null }): ReactElement {
  const nowMs = useNow();
  if (at === null) return <>–</>;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} style={{ whiteSpace: 'nowrap' }}>
      {ago(at, nowMs)}
    </time>
  );
}
