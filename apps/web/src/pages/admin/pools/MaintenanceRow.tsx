import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Maintenance, type PoolMaintenance } from '../../../api/client.ts';
import { Ago } from '../../../components/Ago.tsx';
import { barOf, type Standing, standingOf, STANDINGS } from './maintenance.ts';
import classes from './MaintenanceRuns.module.css';

const ITEMS: Readonly<Record<Maintenance['items'][number]['outcome'], string>> = {
  running: 'runs',
  done: 'done',
  failed: 'failed',
  skipped: 'nothing to do',
  cut: 'cut off',
};

/** One machine: its place in the window as a picture, how it stands, what was done in it, and what can be done about it. */
export function MaintenanceRow({
  maintenance,
  opening,
  timeZone,
  nowMs,
}: {
  maintenance: Maintenance;
  opening: Pick<NonNullable<PoolMaintenance['next']>, 'fromAt' | 'untilAt'> | undefined;
  timeZone: string | undefined;
  nowMs: number;
}): ReactElement {
  const standing = standingOf(maintenance);
  const time = (at: string): string =>
    new Intl.DateTimeFormat('en-GB', {
      ...(timeZone === undefined ? {} : { timeZone }),
      hour: '2-digit',
      minute: '2-digit',
    }).format(Date.parse(at));
  const { startedAt, endedAt, dueAt, askedBy, items, reason } = maintenance;
  const times =
    startedAt === null
      ? time(dueAt)
      : `${time(startedAt)} – ${endedAt === null ? '' : time(endedAt)}`.trimEnd();
  return (
    <li className={classes.row} data-standing={standing} data-testid="maintenance-row">
      <div className={classes.name}>
        <span>{maintenance.machine}</span>
        <small>{maintenance.owner ?? maintenance.host ?? ''}</small>
      </div>
      {opening !== undefined && (
        <div className={classes.track} aria-hidden="true">
          <Bar standing={standing} {...barOf(opening, maintenance, nowMs)} />
        </div>
      )}
      <div className={classes.state}>
        <span className={classes.standing}>{STANDINGS[standing]}</span>
        <small>{times}</small>
      </div>
      <div className={classes.act}>
        <Act maintenance={maintenance} standing={standing} />
      </div>
      {(items.length > 0 || reason !== null || askedBy !== null) && (
        <div className={classes.words}>
          {reason !== null && <p className={classes.reason}>{reason}</p>}
          {items.length > 0 && (
            <ul className={classes.items}>
              {items.map((item) => (
                <li key={item.name} data-outcome={item.outcome}>
                  <b>{item.name.replace(/^\d+-/, '')}</b> {ITEMS[item.outcome]}
                  {item.detail === '' || item.detail === reason ? '' : `: ${item.detail}`}
                </li>
              ))}
            </ul>
          )}
          {askedBy !== null && (
            <Text size="xs" c="dimmed">
              {askedBy} asked for it <Ago at={dueAt} />
            </Text>
          )}
        </div>
      )}
    </li>
  );
}

function Bar({ standing, left, width }: { standing: Standing; left: number; width: number }): ReactElement {
  return (
    <span
      className={classes.bar}
      data-standing={standing}
      data-point={width === 0 || undefined}
      style={{ left: `${left}%`, width: width === 0 ? undefined : `${width}%` }}
    />
  );
}

/** Now, for one that does not run; an end, for one that does. */
function Act({
  maintenance: { machineId, machine },
  standing,
}: {
  maintenance: Maintenance;
  standing: Standing;
}): ReactElement | null {
  const queries = useQueryClient();
  const again = (): Promise<unknown> => queries.invalidateQueries({ queryKey: api.pools.maintenance.key() });
  const maintain = useMutation({
    ...api.machines.maintain.mutationOptions(),
    async onSuccess() {
      await again();
      notifications.show({ message: `${machine} is maintained now.` });
    },
  });
  const stop = useMutation({ ...api.machines.stopMaintenance.mutationOptions(), onSuccess: again });
  if (machineId === null) return null;
  if (standing === 'running' || standing === 'waking') {
    return (
      <Button
        size="compact-xs"
        variant="default"
        loading={stop.isPending}
        onClick={() => stop.mutate({ id: machineId })}
        aria-label={`Stop the maintenance of ${machine}`}
        data-testid="maintenance-stop"
      >
        Stop
      </Button>
    );
  }
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={maintain.isPending}
      onClick={() => maintain.mutate({ id: machineId })}
      aria-label={`Maintain ${machine} now`}
      data-testid="maintenance-now"
    >
      Now
    </Button>
  );
}
