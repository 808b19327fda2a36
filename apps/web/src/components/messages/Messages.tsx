import { Button, Text } from '@mantine/core';
import { IconMessage } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { t } from '../../i18n/t.ts';
import { Ago } from '../Ago.tsx';
import classes from '../Over.module.css';

/** What somebody who helps has to say; over whatever page is shown, the viewer included. */
export function Messages(): ReactElement | null {
  const { data } = useQuery(api.messages.list.queryOptions({ refetchInterval: () => pollMs(false) }));
  const queries = useQueryClient();
  const read = useMutation({
    ...api.messages.read.mutationOptions(),
    // Also when another window was faster: then it is gone.
    onSettled: () => queries.invalidateQueries({ queryKey: api.messages.key() }),
  });
  if (data === undefined || data.length === 0) return null;
  return (
    <div className={classes.cards} role="region" aria-label={t('Messages to me')} aria-live="assertive">
      {data.map(({ id, sender, text, at }) => (
        <section key={id} className={classes.card} data-testid="message">
          <IconMessage size={22} stroke={1.8} aria-hidden="true" className={classes.icon} />
          <div className={classes.text}>
            <Text size="sm" fw={600}>
              {sender}{' '}
              <Text span size="xs" c="dimmed" fw={400}>
                <Ago at={at} />
              </Text>
            </Text>
            <Text size="sm" mt={2} style={{ whiteSpace: 'pre-wrap' }}>
              {text}
            </Text>
            <Button
              size="xs"
              variant="default"
              mt="xs"
              loading={read.isPending && read.variables.id === id}
              onClick={() => read.mutate({ id })}
              data-testid="message-read"
            >
              {t('I have read it')}
            </Button>
          </div>
        </section>
      ))}
    </div>
  );
}
