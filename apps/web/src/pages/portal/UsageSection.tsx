import { Progress, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { api, type Usage } from '../../api/client.ts';
import { browserTimeZone } from '../../api/locale.ts';
import { bytes, hours } from '../../components/format.ts';
import { QuotaBars } from '../../components/QuotaBars.tsx';
import { isLimited } from '../../components/quotas.ts';
import classes from './UsageSection.module.css';
import { locale, t } from '../../i18n/t.ts';

/** Files change slowly, and asking a guest costs it something. */
const LOOK_MS = 60_000;
/** From here on it is worth a word. */
const FULL_FRACTION = 0.9;

/** What one has and used, for who wonders before an administrator does. */
export function UsageSection(): ReactElement | null {
  const timeZone = browserTimeZone();
  const { data } = useQuery(
    api.me.usage.queryOptions({ input: { timeZone }, refetchInterval: LOOK_MS, staleTime: LOOK_MS / 2 }),
  );
  const quotas = useQuery(api.me.quotas.queryOptions({ refetchInterval: LOOK_MS, staleTime: LOOK_MS / 2 }));
  const limiting = (quotas.data ?? []).filter(({ limits }) => isLimited(limits));
  return data === undefined ? null : (
    <UsageCards usage={data}>
      {limiting.map(({ scope, name, limits, used }) => (
        <div className={classes.card} key={`${scope} ${name ?? ''}`} data-testid="my-quota">
          <Title order={2} fz={15} mb={10}>
            {name === null ? t('What you may have') : t('What {name} may have', { name })}
          </Title>
          <QuotaBars
            limits={limits}
            used={used}
            label={name === null ? t('My quota') : t('Quota of {name}', { name })}
          />
        </div>
      ))}
    </UsageCards>
  );
}

/** The same for a person and for who helps them. */
export function UsageCards({
  usage: { profile, month, sessions },
  children,
}: {
  usage: Usage;
  children?: ReactNode;
}): ReactElement {
  const name = new Date(month.from).toLocaleDateString(locale(), { month: 'long' });
  return (
    <section className={classes.cards} aria-label={t('Files and hours')} data-testid="usage">
      <div className={classes.card}>
        <Title order={2} fz={15}>
          {t('Files')}
        </Title>
        {profile === null ? (
          <Text size="sm" c="dimmed" mt={6}>
            {t('There is no disk of your own yet that follows you from desktop to desktop.')}
          </Text>
        ) : (
          <Files profile={profile} />
        )}
      </div>
      <div className={classes.card}>
        <Title order={2} fz={15}>
          {name}
        </Title>
        <p className={classes.figure}>{hours(month.connectedMs)}</p>
        <Text size="xs" c="dimmed">
          {t('at desktops; {hours} in all sessions, looked at or not.', { hours: hours(month.sessionMs) })}{' '}
          {t('{count, plural, =0 {None is open now.} one {# is open now.} other {# are open now.}}', {
            count: sessions.length,
          })}
        </Text>
      </div>
      {children}
    </section>
  );
}

function Files({ profile }: { profile: NonNullable<Usage['profile']> }): ReactElement {
  const { sizeBytes, usedBytes, live, reason } = profile;
  const fraction = usedBytes === null ? 0 : usedBytes / sizeBytes;
  return (
    <>
      <p className={classes.figure}>
        {usedBytes === null ? t('Not used yet') : bytes(usedBytes)}
        <span> {t('of {size}', { size: bytes(sizeBytes) })}</span>
      </p>
      <Progress
        value={Math.max(fraction === 0 ? 0 : 1, fraction * 100)}
        color={fraction >= FULL_FRACTION ? 'red' : 'citrus'}
        size={6}
        radius="xl"
        aria-label={t('Used of your disk')}
      />
      <Text size="xs" c="dimmed" mt={6}>
        {live ? t('As it is now.') : t('As it was when you last used it.')}
        {fraction >= FULL_FRACTION && ` ${t('Nearly full: delete something, or ask for more.')}`}
      </Text>
      {reason !== null && (
        <Text size="xs" mt={4} className={classes.fault}>
          <IconAlertTriangle size={14} aria-hidden="true" /> {reason}
        </Text>
      )}
    </>
  );
}
