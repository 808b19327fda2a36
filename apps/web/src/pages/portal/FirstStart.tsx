import { Text, Title } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Status } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { ProgressLine } from '../../components/ProgressLine.tsx';
import classes from './FirstStart.module.css';
import { type Message, said, t } from '../../i18n/t.ts';

type Step = Status['steps'][number];

const WORDS: Readonly<Record<Step['state'], Message>> = {
  waiting: 'Waits for the step before',
  running: 'Under way',
  done: 'Done',
  failed: 'Failed; tried again in a while',
};

/** With the first desktop, the last step: a new version of an image that is built later is no first start. */
const isOver = (status: Status | undefined): boolean =>
  status === undefined || status.steps.at(-1)?.state === 'done';

/** How far a new installation is on its way to the first desktop; nothing once it is there. */
export function FirstStart(): ReactElement | null {
  const { data: status } = useQuery(
    api.system.status.queryOptions({ refetchInterval: ({ state }) => pollMs(!isOver(state.data)) }),
  );
  if (status === undefined || isOver(status)) return null;
  return (
    <section className={classes.panel} aria-labelledby="first-start" data-testid="first-start">
      <Title order={2} fz={18} id="first-start">
        {t('Getting your first desktop ready')}
      </Title>
      <Text size="sm" c="dimmed" mt={2}>
        {t('This happens once. You can leave; it goes on without you.')}
      </Text>
      <ol className={classes.steps}>
        {status.steps.map((step, index) => (
          <li key={step.name} className={classes.step} data-state={step.state}>
            <span className={classes.bullet} aria-hidden="true">
              {step.state === 'done' ? (
                <IconCheck size={16} stroke={2.6} />
              ) : step.state === 'failed' ? (
                <IconX size={16} stroke={2.6} />
              ) : (
                index + 1
              )}
            </span>
            <div className={classes.text}>
              <Text fw={600} size="sm">
                {said(step.name)}
              </Text>
              {step.state === 'running' && step.progress !== null ? (
                <div className={classes.progress}>
                  <ProgressLine progress={step.progress} />
                </div>
              ) : (
                <Text size="xs" c="dimmed">
                  {step.reason ?? t(WORDS[step.state])}
                </Text>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
