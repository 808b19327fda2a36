import { can } from '@orangery/contract';
import { Text, UnstyledButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { client, type MyApplication } from '../../api/client.ts';
import { browserLocale } from '../../api/locale.ts';
import { ProgramIcon } from '../../components/ProgramIcon.tsx';
import { SessionMenu } from './SessionMenu.tsx';
import { Star } from './Star.tsx';
import classes from './ApplicationsSection.module.css';
import { said, t } from '../../i18n/t.ts';

/** One program: a click opens it, or goes on where it is open. */
export function ApplicationTile({ application }: { application: MyApplication }): ReactElement {
  const { id, title, icon, state, reason, session, favourite } = application;
  const navigate = useNavigate();
  const open = useMutation({
    mutationFn: async () => client.applications.open({ id, locale: await browserLocale() }),
    onSuccess: (opened) => navigate({ to: '/session/$id', params: { id: opened.id } }),
  });
  const { allowed } = can.openDesktop(state);
  const busy = open.isPending || open.isSuccess;
  return (
    <article className={classes.tile} data-open={session !== null || undefined} data-state={state}>
      <UnstyledButton
        className={classes.open}
        aria-disabled={!allowed || undefined}
        aria-busy={busy || undefined}
        onClick={() => {
          if (allowed && !busy) open.mutate();
        }}
        data-testid={`application-open-${title}`}
      >
        <ProgramIcon icon={icon} title={title} size={44} />
        <span className={classes.words}>
          <Text fw={600} size="sm" truncate component="span" display="block">
            {title}
          </Text>
          <Text size="xs" c="dimmed" component="span" display="block" aria-live="polite">
            {busy ? t('Opens…') : session === null ? said(reason) : t('Open; goes on where you left it.')}
          </Text>
        </span>
      </UnstyledButton>
      <Star of="applications" id={id} title={title} favourite={favourite} className={classes.star} />
      {session !== null && (
        <SessionMenu session={session} title={title} kept={application} testId={`application-${title}`} />
      )}
    </article>
  );
}
