import { Button, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Maintenance, type Pool, type PoolMaintenance } from '../../../api/client.ts';
import { pollMs } from '../../../api/polling.ts';
import { browserClock } from '../../../clock.ts';
import { countsOf, shownFirst, standingOf, ticksOf } from './maintenance.ts';
import { MaintenanceRow } from './MaintenanceRow.tsx';
import classes from './MaintenanceRuns.module.css';
import { Section } from './SettingsSection.tsx';

const SHOWN_FIRST = 20;
const isMoving = (each: Maintenance): boolean => ['waking', 'running'].includes(standingOf(each));

/** What was done on which machine in the last window, what is to come in the next, and what somebody asked for. */
export function MaintenanceRuns({ pool }: { pool: Pool }): ReactElement | null {
  const query = useQuery(
    api.pools.maintenance.queryOptions({
      input: { id: pool.id },
      enabled: pool.kind === 'persistent',
      refetchInterval: ({ state }) =>
        pollMs([...(state.data?.latest?.machines ?? []), ...(state.data?.asked ?? [])].some(isMoving)),
    }),
  );
  const { data } = query;
  if (pool.kind !== 'persistent' || query.isError) return null;
  if (data !== undefined && data.latest === null && data.next === null && data.asked.length === 0)
    return null;
  return (
    <Section
      title="Maintenance"
      about="Moments lie evenly over the window on each host, another way each time."
    >
      {data === undefined ? (
        <Skeleton height={160} radius="md" aria-hidden="true" />
      ) : (
        <div className={classes.card} data-testid="pool-maintenance-runs">
          <Openings maintenance={data} timeZone={data.window?.timeZone ?? pool.timeZone} />
        </div>
      )}
    </Section>
  );
}

type View = 'latest' | 'next' | 'asked';

function Openings({
  maintenance,
  timeZone,
}: {
  maintenance: PoolMaintenance;
  timeZone: string;
}): ReactElement {
  const { latest, next } = maintenance;
  // What belongs to the window is shown there.
  const inLatest = new Set(latest?.machines.map(({ id }) => id));
  const asked = maintenance.asked.filter(({ id }) => !inLatest.has(id));
  const views: { value: View; label: string }[] = [
    ...(latest === null ? [] : [{ value: 'latest' as const, label: latest.open ? 'Now' : 'Last' }]),
    ...(next === null ? [] : [{ value: 'next' as const, label: 'Next' }]),
    ...(asked.length === 0 ? [] : [{ value: 'asked' as const, label: 'Asked for' }]),
  ];
  const [chosen, setChosen] = useState<View | undefined>();
  const view = views.some(({ value }) => value === chosen) ? chosen : views[0]?.value;
  return (
    <>
      {views.length > 1 && (
        <SegmentedControl
          data={views}
          value={view ?? 'latest'}
          onChange={(value) => setChosen(value)}
          size="xs"
          mb="md"
          aria-label="Which window"
        />
      )}
      {view === 'latest' && latest !== null && <Opening key="latest" opening={latest} timeZone={timeZone} />}
      {view === 'next' && next !== null && <Opening key="next" opening={next} timeZone={timeZone} />}
      {view === 'asked' && <AskedFor asked={asked} />}
    </>
  );
}

function Opening({
  opening,
  timeZone,
}: {
  opening: NonNullable<PoolMaintenance['next']>;
  timeZone: string;
}): ReactElement {
  const [all, setAll] = useState(false);
  const { machines } = opening;
  const nowMs = browserClock.now();
  const day = new Intl.DateTimeFormat('en', { timeZone, weekday: 'long', day: 'numeric', month: 'long' });
  const shown = all ? machines : shownFirst(machines, SHOWN_FIRST);
  return (
    <figure className={classes.figure}>
      <figcaption>
        <Text size="sm" fw={600}>
          {day.format(Date.parse(opening.fromAt))}
        </Text>
        <Text size="sm" c="dimmed">
          {machines.length === 0 ? 'No machine is there to be maintained.' : `${countsOf(machines)}.`}
        </Text>
      </figcaption>
      {machines.length > 0 && (
        <>
          <div className={classes.axis} aria-hidden="true">
            {ticksOf(opening, timeZone).map((time, index) => (
              <span key={index}>{time}</span>
            ))}
          </div>
          <ul className={classes.rows}>
            {shown.map((each) => (
              <MaintenanceRow
                key={each.id ?? each.machineId}
                maintenance={each}
                opening={opening}
                timeZone={timeZone}
                nowMs={nowMs}
              />
            ))}
          </ul>
          <Text size="xs" c="dimmed" ta="right">
            {timeZone}
          </Text>
        </>
      )}
      {shown.length < machines.length && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setAll(true)}>
          Show all {machines.length}
        </Button>
      )}
    </figure>
  );
}

function AskedFor({ asked }: { asked: readonly Maintenance[] }): ReactElement {
  return (
    <ul className={classes.rows}>
      {asked.map((each) => (
        <MaintenanceRow
          key={each.id}
          maintenance={each}
          opening={undefined}
          timeZone={undefined}
          nowMs={browserClock.now()}
        />
      ))}
    </ul>
  );
}
