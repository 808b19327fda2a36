import { Alert, Button, Group, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Pool } from '../../../api/client.ts';
import { browserClock } from '../../../clock.ts';
import { Ago } from '../../../components/Ago.tsx';
import { Confirm } from '../../../components/Confirm.tsx';
import { PoolBar } from './PoolBar.tsx';
import classes from './RolloutSection.module.css';
import { isShown, standing, titleOf } from './rollout.ts';

const WAVES = [
  ['canary', 'One machine'],
  ['quarter', 'A quarter'],
  ['all', 'All'],
] as const;

/** How a new version comes to this pool: its wave, a bar for each version, and what can be done where it stopped. */
export function RolloutSection({ pool }: { pool: Pool }): ReactElement | null {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const refresh = (): Promise<unknown> =>
    Promise.all([
      queries.invalidateQueries({ queryKey: api.pools.key() }),
      queries.invalidateQueries({ queryKey: api.images.key() }),
    ]);
  const retry = useMutation({
    ...api.pools.retryRollout.mutationOptions(),
    async onSuccess() {
      await refresh();
      notifications.show({ message: 'It is tried again, with one machine first.' });
    },
  });
  const back = useMutation({
    ...api.pools.rollBack.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await refresh();
      setAsking(false);
      notifications.show({ message: `${pool.title} goes back.` });
    },
  });
  const { rollout } = pool;
  if (rollout === null || !isShown(pool, browserClock.now())) return null;
  const stopped = rollout.phase === 'stopped';
  const from = rollout.from === null ? 'the version before' : `version ${rollout.from.version}`;
  return (
    <section
      className={classes.section}
      aria-labelledby="rollout"
      data-testid="rollout"
      data-phase={rollout.phase}
    >
      <Title order={2} fz={18} id="rollout">
        {titleOf(rollout)}
      </Title>
      {stopped && (
        <Alert color="red" variant="light" mt="sm" role="alert" data-testid="rollout-reason">
          {rollout.reason}
        </Alert>
      )}
      <Text size="sm" c="dimmed" mt={6}>
        {standing({ rollout, versions: pool.versions })} Begun <Ago at={rollout.begunAt} />.
      </Text>
      {rollout.phase !== 'done' && pool.kind === 'pooled' && (
        <ol className={classes.waves} aria-label="Waves">
          {WAVES.map(([wave, words], index) => {
            const now = WAVES.findIndex(([each]) => each === rollout.wave);
            const state = index < now ? 'done' : index > now ? 'later' : stopped ? 'stopped' : 'now';
            return (
              <li key={wave} data-state={state} {...(state === 'now' ? { 'aria-current': 'step' } : {})}>
                {words}
                <span className={classes.hidden}>
                  {{ done: ', done', now: ', now', later: ', later', stopped: ', stopped here' }[state]}
                </span>
              </li>
            );
          })}
        </ol>
      )}
      <div className={classes.versions}>
        {pool.versions.map((version) => (
          <div
            key={version.id}
            className={classes.version}
            data-testid={`rollout-version-${version.version}`}
          >
            <div className={classes.name}>
              Version {version.version}
              {version.serves && <span className={classes.serves}>new sessions</span>}
            </div>
            <div className={classes.bar}>
              <PoolBar pool={{ machines: version, machinesMax: pool.machinesMax }} limit={false} />
            </div>
          </div>
        ))}
      </div>
      <Group gap="sm" mt="md">
        {stopped && (
          <Button
            loading={retry.isPending}
            onClick={() => retry.mutate({ id: pool.id })}
            data-testid="rollout-retry"
          >
            Try again
          </Button>
        )}
        {rollout.from !== null && (
          <Button variant="default" onClick={() => setAsking(true)} data-testid="rollout-back">
            Roll back
          </Button>
        )}
      </Group>
      <Confirm
        opened={asking}
        title={`Back to ${from}?`}
        action="Roll back"
        loses={false}
        busy={back.isPending}
        error={back.error}
        onConfirm={() => back.mutate({ id: pool.id })}
        onClose={() => setAsking(false)}
      >
        {pool.imageVersionId === null
          ? `${from[0]?.toUpperCase()}${from.slice(1)} of ${pool.image} becomes current again, also for other pools that follow it. Nobody is interrupted: machines go as people log off.`
          : 'This pool is kept on it again. Nobody is interrupted: machines go as people log off.'}
      </Confirm>
    </section>
  );
}
