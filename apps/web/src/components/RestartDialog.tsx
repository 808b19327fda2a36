import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api } from '../api/client.ts';
import { messageOf } from '../api/errors.ts';
import { Dialog } from './Dialog.tsx';
import type { Kept } from './log-off.ts';
import { MachinePicture } from './MachinePicture.tsx';
import { hardWords, restartWords } from './restart.ts';
import { t } from '../i18n/t.ts';

/** For a machine that hangs: what it shows, what a restart takes and leaves, and the restart. */
export function RestartDialog({
  session,
  title,
  kept,
  onClose,
  onDone,
}: {
  session: string;
  title: string;
  kept: Kept;
  onClose: () => void;
  onDone?: () => void;
}): ReactElement {
  const [hard, setHard] = useState(false);
  const queries = useQueryClient();
  const restart = useMutation({
    ...api.sessions.restart.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await Promise.all([
        queries.invalidateQueries({ queryKey: api.desktops.key() }),
        queries.invalidateQueries({ queryKey: api.sessions.key() }),
      ]);
      onClose();
      onDone?.();
    },
  });
  const words = restartWords(kept);
  return (
    <Dialog opened onClose={onClose} title={t('Restart {title}?', { title })}>
      <Stack gap="sm">
        <MachinePicture of={{ kind: 'session', id: session, name: title }} />
        <Text size="sm">{words.does}</Text>
        <Text size="sm" c="dimmed" component="div">
          <b>{t('Kept:')}</b> {words.kept}
          <br />
          <b>{t('Lost:')}</b> {words.lost}
        </Text>
        <Checkbox
          label={t('It does not answer at all')}
          description={hardWords(kept)}
          checked={hard}
          onChange={(event) => setHard(event.currentTarget.checked)}
          data-testid="restart-hard"
        />
        {restart.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {messageOf(restart.error)}
          </Alert>
        )}
        <Group justify="flex-end" gap="sm" mt="xs">
          <Button variant="default" onClick={onClose}>
            {t('Cancel')}
          </Button>
          <Button
            color="red.9"
            loading={restart.isPending}
            onClick={() => restart.mutate({ id: session, how: hard ? 'hard' : 'gently' })}
            data-testid="restart-confirm"
          >
            {t('Restart')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
