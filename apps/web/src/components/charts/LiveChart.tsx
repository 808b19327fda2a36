import { Text, Title, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type ReactElement, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { locale } from '../../i18n/t.ts';
import { BINARY_STEPS, type Chart, inWords, isEmpty, nowOf, scaleOf, withGaps } from './charts.ts';
import classes from './LiveChart.module.css';

const HEIGHT = 150;
const COLOURS = ['--chart-first', '--chart-second'] as const;

/** How something went until now: its last values in figures, the rest as lines. */
export function LiveChart({
  chart,
  at,
  everyMs,
}: {
  chart: Chart;
  /** Milliseconds since 1970, rising. */
  at: readonly number[];
  /** How far points lie apart. */
  everyMs: number;
}): ReactElement {
  const scheme = useComputedColorScheme('light');
  return (
    <figure
      className={classes.figure}
      data-testid={`chart-${chart.title.toLowerCase().replaceAll(' ', '-')}`}
    >
      <figcaption className={classes.head}>
        <Title order={3} fz={14}>
          {chart.title}
        </Title>
        {!isEmpty(chart) && (
          <ul className={classes.now} aria-hidden="true">
            {chart.series.map(({ name, values }, index) => (
              <li key={name} data-line={index}>
                <b>{nowOf(chart, values)}</b> {name}
              </li>
            ))}
          </ul>
        )}
      </figcaption>
      {isEmpty(chart) ? (
        <Text size="sm" c="dimmed" className={classes.nothing}>
          {chart.nothing}
        </Text>
      ) : (
        // Drawn anew in the other colours.
        <Lines key={scheme} chart={chart} at={at} everyMs={everyMs} />
      )}
    </figure>
  );
}

type Drawn = { chart: Chart; at: readonly number[]; everyMs: number };
const dataOf = ({ chart, at, everyMs }: Drawn): uPlot.AlignedData =>
  withGaps(
    at,
    chart.series.map(({ values }) => values),
    everyMs,
  );

function Lines({ chart, at, everyMs }: Drawn): ReactElement {
  const { ref: box, width } = useElementSize();
  const target = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const shown = useRef({ chart, at, everyMs });
  useEffect(() => {
    if (target.current === null || width === 0) return undefined;
    const style = getComputedStyle(target.current);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--chart-words'), grid: { stroke: colour('--chart-grid'), width: 1 } };
    const clock = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit' });
    const day = new Intl.DateTimeFormat(locale(), { weekday: 'short', day: 'numeric' });
    const made = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true }, y: { range: () => [0, scaleOf(shown.current.chart)] } },
        axes: [
          {
            ...axis,
            space: 70,
            values: (_, ticks, __, ___, apart) =>
              ticks.map((tick) => (apart >= 86_400 ? day : clock).format(new Date(tick * 1_000))),
          },
          {
            ...axis,
            ...(shown.current.chart.binary === true ? { incrs: [...BINARY_STEPS] } : {}),
            size: 74,
            space: 36,
            values: (_, ticks) => ticks.map((tick) => shown.current.chart.write(tick)),
          },
        ],
        series: [
          {},
          ...shown.current.chart.series.map((_, index) => ({
            stroke: colour(COLOURS[index] ?? COLOURS[0]),
            ...(index === 0 ? { fill: colour('--chart-fill') } : {}),
            width: 1.6,
            points: { show: false },
          })),
        ],
      },
      dataOf(shown.current),
      target.current,
    );
    plot.current = made;
    return () => {
      plot.current = undefined;
      made.destroy();
    };
  }, [width]);
  useEffect(() => {
    shown.current = { chart, at, everyMs };
    plot.current?.setData(dataOf(shown.current));
  }, [chart, at, everyMs]);
  return (
    <div ref={box}>
      <div ref={target} className={classes.lines} role="img" aria-label={inWords(chart)} />
    </div>
  );
}
