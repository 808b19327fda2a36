import { Text } from '@mantine/core';
import { IconDeviceLaptop } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import type { Session } from '../../api/client.ts';
import { Ago } from '../../components/Ago.tsx';
import classes from './DesktopTile.module.css';
import { t } from '../../i18n/t.ts';

/** Where a session is looked at, or was last. */
export function WhereOpen({
  phase,
  viewer,
}: {
  phase: Session['phase'];
  viewer: NonNullable<Session['viewer']>;
}): ReactElement {
  return (
    <Text size="xs" c="dimmed" className={classes.where} data-testid="session-where">
      <IconDeviceLaptop size={15} stroke={1.8} aria-hidden="true" />
      <span>
        {phase === 'connected'
          ? t('Now on {device}, {address}, opened', { device: viewer.device, address: viewer.address })
          : t('Last on {device}, {address},', { device: viewer.device, address: viewer.address })}{' '}
        <Ago at={viewer.since} />
      </span>
    </Text>
  );
}
