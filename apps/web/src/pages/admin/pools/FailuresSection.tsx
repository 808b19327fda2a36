import { Badge, Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type MachineFailure, type Pool } from '../../../api/client.ts';
import { pollMs } from '../../../api/polling.ts';
import { Ago } from '../../../components/Ago.tsx';
import { MachinePicture } from '../../../components/MachinePicture.tsx';
import classes from './FailuresSection.module.css';
import { Section } from './SettingsSection.tsx';

/** A week old is history. */
const RECENT_MS = 7 * 86_400_000;
const SHOWN_FIRST = 3;

/** Machines that failed lately, with what they showed: nothing of it when none did. */
export function FailuresSection({ pool, nowMs }: { pool: Pool; nowMs: number }): ReactElement | null {
  const [all, setAll] = useState(false);
  const query = useQuery(
    api.pools.failures.queryOptions({ input: { id: pool.id }, refetchInterval: pollMs(false) }),
  );
  const recent = (query.data ?? []).filter(({ at }) => nowMs - Date.parse(at) < RECENT_MS);
  if (recent.length === 0) return null;
  return (
    <Section
      title="Machines that failed"
      about="They were taken out and replaced. When several fail one after the other, the pool waits longer before each further try."
    >
      <ul className={classes.list} data-testid="pool-failures">
        {recent.slice(0, all ? undefined : SHOWN_FIRST).map((failure) => (
          <Failure key={failure.id} failure={failure} />
        ))}
      </ul>
      {!all && recent.length > SHOWN_FIRST && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setAll(true)}>
          Show all {recent.length}
        </Button>
      )}
    </Section>
  );
}

function Failure({ failure }: { failure: MachineFailure }): ReactElement {
  return (
    <li className={classes.failure}>
      {failure.pictured && (
        <div className={classes.picture}>
          <MachinePicture of={{ kind: 'failure', id: failure.id, name: failure.machine }} />
        </div>
      )}
      <div className={classes.words}>
        <Group gap="xs">
          <Text fw={600} size="sm">
            {failure.machine}
          </Text>
          <Badge variant="light" color={failure.wasReady ? 'gray' : 'red'} size="sm">
            {failure.wasReady ? 'after it was ready' : 'never became ready'}
          </Badge>
        </Group>
        <Text size="sm">{failure.reason}</Text>
        <Text size="xs" c="dimmed">
          <Ago at={failure.at} />
          {failure.host === null ? '' : `, on ${failure.host}`}
          {failure.version === null ? '' : `, from version ${failure.version}`}
        </Text>
      </div>
    </li>
  );
}
