import type { ReactElement } from 'react';
import { browserClock } from '../clock.ts';
import { ago } from './format.ts';

/** When something was; the exact time for who points at it. Pages that show it are drawn again every few seconds. */
export function Ago({ at }: { at: string | null }): ReactElement {
  if (at === null) return <>–</>;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} style={{ whiteSpace: 'nowrap' }}>
      {ago(at, browserClock.now())}
    </time>
  );
}
