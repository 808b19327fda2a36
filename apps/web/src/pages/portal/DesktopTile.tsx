import { can } from '@orangery/contract';
import { Group, Text, Title } from '@mantine/core';
import { IconDeviceDesktop, IconFolderHeart } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, client, type Desktop } from '../../api/client.ts';
import { browserLocale } from '../../api/locale.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { logOffWords } from '../../components/log-off.ts';
import { ProgressLine } from '../../components/ProgressLine.tsx';
import { ReasonButton, reasonOf } from '../../components/ReasonButton.tsx';
import { StateBadge } from '../../components/StateBadge.tsx';
import { DesktopPicture } from './DesktopPicture.tsx';
import { SessionMenu } from './SessionMenu.tsx';
import { Star } from './Star.tsx';
import { WhereOpen } from './WhereOpen.tsx';
import classes from './DesktopTile.module.css';
import { said, t } from '../../i18n/t.ts';

const ICON = { size: 17, stroke: 1.8, 'aria-hidden': true } as const;

/** One desktop: how it is, and the way in. */
export function DesktopTile({ desktop }: { desktop: Desktop }): ReactElement {
  const {
    poolId,
    title,
    description,
    image,
    state,
    reason,
    progress,
    session,
    own,
    profile,
    favourite,
    usedAt,
  } = desktop;
  const navigate = useNavigate();
  const open = useMutation({
    mutationFn: async () => client.desktops.open({ id: poolId, locale: await browserLocale() }),
    onSuccess: ({ id }) => navigate({ to: '/session/$id', params: { id } }),
  });
  // A verdict names states; what a person needs is why it is in this one.
  const refusal = can.openDesktop(state).allowed ? undefined : said(reason);
  return (
    <article
      className={classes.tile}
      data-testid={`desktop-tile-${image}`}
      data-state={state}
      aria-labelledby={`desktop-${poolId}`}
    >
      <div className={classes.picture} data-asleep={refusal !== undefined || undefined}>
        <DesktopPicture name={image} />
        <span className={classes.state}>
          <StateBadge state={state} />
        </span>
        <Star of="desktops" id={poolId} title={title} favourite={favourite} className={classes.star} />
      </div>
      <div className={classes.body}>
        <Title order={2} fz={18} id={`desktop-${poolId}`}>
          {title}
        </Title>
        <Text size="sm" c="dimmed" lineClamp={2} mt={2}>
          {description}
        </Text>
        {(own || profile) && (
          <Text size="sm" mt={6} className={classes.kept} data-testid={`desktop-kept-${image}`}>
            {own ? <IconDeviceDesktop {...ICON} /> : <IconFolderHeart {...ICON} />}
            {own ? t('Your own machine: it stays as you leave it.') : t('Your files come along.')}
          </Text>
        )}
        <Text size="sm" mt="sm" className={classes.reason} aria-live="polite">
          {said(reason)}
        </Text>
        {session === null && usedAt !== null && (
          <Text size="xs" c="dimmed">
            {t('Last opened')} <Ago at={usedAt} />
          </Text>
        )}
        {session !== null && session.viewer !== null && (
          <WhereOpen phase={session.phase} viewer={session.viewer} />
        )}
        {progress !== null && state === 'preparing' && (
          <div className={classes.progress}>
            <ProgressLine progress={progress} />
          </div>
        )}
        <Group gap="xs" wrap="nowrap" className={classes.actions}>
          <ReasonButton
            flex={1}
            reason={refusal}
            loading={open.isPending || open.isSuccess}
            onClick={() => open.mutate()}
            data-testid={`desktop-open-${image}`}
            aria-label={session === null ? t('Open {title}', { title }) : t('Go on with {title}', { title })}
          >
            {session === null ? t('Open') : t('Go on')}
          </ReasonButton>
          {session !== null && <LogOff session={session} desktop={desktop} />}
          {session !== null && <SessionMenu session={session} title={title} kept={desktop} testId={image} />}
        </Group>
      </div>
    </article>
  );
}

function LogOff({
  session,
  desktop,
}: {
  session: NonNullable<Desktop['session']>;
  desktop: Desktop;
}): ReactElement {
  const { title, image, own, profile } = desktop;
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const end = useMutation({
    ...api.sessions.end.mutationOptions(),
    async onSuccess() {
      setAsking(false);
      await queries.invalidateQueries({ queryKey: api.desktops.key() });
    },
  });
  return (
    <>
      <ReasonButton
        variant="default"
        reason={reasonOf(can.endSession(session.phase))}
        onClick={() => setAsking(true)}
        data-testid={`desktop-logoff-${image}`}
        aria-label={t('Log off {title}', { title })}
      >
        {t('Log off')}
      </ReasonButton>
      <Confirm
        opened={asking}
        title={t('Log off {title}?', { title })}
        action={t('Log off')}
        busy={end.isPending}
        onConfirm={() => end.mutate({ id: session.id })}
        onClose={() => setAsking(false)}
      >
        {logOffWords(desktop)}
        {own || profile ? '' : ` ${t('The next time you get a fresh one.')}`}
      </Confirm>
    </>
  );
}
