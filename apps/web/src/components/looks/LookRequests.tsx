import { Button, Group, Text } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Look } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { useNow } from '../use-now.ts';
import classes from '../Over.module.css';
import { locale, t } from '../../i18n/t.ts';

const ALLOW_MINUTES = 15;

const clockTime = (at: string): string =>
  new Date(at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' });

/** Over whatever page is shown, the viewer included: who asks to see one’s screen, and who may see it now. */
export function LookRequests(): ReactElement | null {
  const { data } = useQuery(api.looks.list.queryOptions({ refetchInterval: () => pollMs(false) }));
  const nowMs = useNow();
  const mine = (data ?? []).filter(
    ({ ofMine, state, until }) =>
      ofMine && (state === 'asked' || state === 'allowed') && Date.parse(until) > nowMs,
  );
  if (mine.length === 0) return null;
  return (
    <div className={classes.cards} role="region" aria-label={t('Who sees my screen')} aria-live="assertive">
      {mine.map((look) => (
        <LookRequest key={look.id} look={look} />
      ))}
    </div>
  );
}

function LookRequest({ look: { id, asker, title, state, until } }: { look: Look }): ReactElement {
  const queries = useQueryClient();
  const answer = useMutation({
    ...api.looks.answer.mutationOptions(),
    // Also when it was too late: then it is gone.
    onSettled: () => queries.invalidateQueries({ queryKey: api.looks.key() }),
  });
  const say = (allow: boolean): void => answer.mutate({ id, allow });
  return (
    <section className={classes.card} data-state={state} data-testid="look-request">
      <IconEye size={22} stroke={1.8} aria-hidden="true" className={classes.icon} />
      <div className={classes.text}>
        <Text size="sm" fw={600}>
          {state === 'asked'
            ? t('{asker} asks to see your screen of {title}', { asker, title })
            : t('{asker} may see {title} until {time}', { asker, title, time: clockTime(until) })}
        </Text>
        {state === 'asked' && (
          <Text size="xs" c="dimmed" mt={2}>
            {t('Pictures of it, for {minutes} minutes, or until you end it. They cannot click or type.', {
              minutes: ALLOW_MINUTES,
            })}
          </Text>
        )}
        <Group gap="xs" mt="xs">
          {state === 'asked' && (
            <Button size="xs" loading={answer.isPending} onClick={() => say(true)} data-testid="look-allow">
              {t('Allow')}
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            loading={answer.isPending}
            onClick={() => say(false)}
            data-testid="look-refuse"
          >
            {state === 'asked' ? t('Do not allow') : t('End it now')}
          </Button>
        </Group>
      </div>
    </section>
  );
}
