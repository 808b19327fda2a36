import { Skeleton, Text, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { api, type Pool, type PoolDemand } from '../../../api/client.ts';
import { curvesOf, demandWords } from './demand.ts';
import classes from './DemandPicture.module.css';
import { clockTime } from './week.ts';

const HEIGHT = 190;
const LOOK_MS = 60_000;
const SIX_HOURS = 6 * 60;

/** What the pool keeps ready through today, beside who came today and in the weeks before. */
export function DemandPicture({ pool }: { pool: Pool }): ReactElement | null {
  const scheme = useComputedColorScheme('light');
  const query = useQuery(api.pools.demand.queryOptions({ input: { id: pool.id }, refetchInterval: LOOK_MS }));
  if (query.data === undefined) {
    return query.isError ? null : <Skeleton height={HEIGHT} radius="md" aria-hidden="true" />;
  }
  return (
    <figure className={classes.figure} data-testid="pool-demand">
      <figcaption>
        <Text size="sm">
          Today: {query.data.now.readyCount} {pool.kind === 'pooled' ? 'ready' : 'switched on ahead'} now,{' '}
          {query.data.now.reason}.
        </Text>
      </figcaption>
      {/* Drawn anew in the other colours. */}
      <Curves key={scheme} demand={query.data} />
      <ul className={classes.legend} aria-hidden="true">
        <li data-curve="kept">{pool.kind === 'pooled' ? 'kept ready' : 'kept on'}</li>
        <li data-curve="today">came today</li>
        <li data-curve="before">came in the weeks before</li>
      </ul>
    </figure>
  );
}

function Curves({ demand }: { demand: PoolDemand }): ReactElement {
  const { ref: box, width } = useElementSize();
  const target = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (target.current === null || width === 0) return undefined;
    const style = getComputedStyle(target.current);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const { minutes, kept, today, before } = curvesOf(demand);
    const weeks = before.map(() => ({
      stroke: colour('--demand-before'),
      width: 1,
      points: { show: false },
    }));
    const axis = { stroke: colour('--demand-words'), grid: { stroke: colour('--demand-grid'), width: 1 } };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const chart = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: [0, 24 * 60] },
          y: { range: (_, __, most) => [0, Math.max(2, most * 1.1)] },
        },
        axes: [
          {
            ...axis,
            splits: () => [0, 1, 2, 3, 4].map((n) => n * SIX_HOURS),
            values: (_, at) => at.map(clockTime),
          },
          { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] },
        ],
        series: [
          {},
          {
            stroke: colour('--demand-kept'),
            fill: colour('--demand-kept-fill'),
            width: 2,
            points: { show: false },
            ...(stepped === undefined ? {} : { paths: stepped }),
          },
          ...weeks,
          { stroke: colour('--demand-today'), width: 2, points: { show: false } },
        ],
      },
      [minutes, kept, ...before, today],
      target.current,
    );
    return () => chart.destroy();
  }, [demand, width]);
  return (
    <div ref={box}>
      <div ref={target} className={classes.curves} role="img" aria-label={demandWords(demand)} />
    </div>
  );
}
