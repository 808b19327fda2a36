import { Box, Container, Group } from '@mantine/core';
import { Link, Outlet } from '@tanstack/react-router';
import { useSuspenseQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../api/client.ts';
import { Brand } from './Brand.tsx';
import { ColorSchemeMenu } from './ColorSchemeMenu.tsx';
import classes from './AppFrame.module.css';
import { UserMenu } from './UserMenu.tsx';
import { t } from '../i18n/t.ts';

/** Header and page of everybody who is signed in. */
export function AppFrame(): ReactElement {
  const { data: me } = useSuspenseQuery(api.me.show.queryOptions());
  return (
    <>
      <a className="skip-link" href="#main">
        {t('Skip to the page')}
      </a>
      <Box component="header" className={classes.header}>
        <Container size={1440} h="100%" px={{ base: 'md', sm: 'xl' }}>
          <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
            <Link to="/" className={classes.home} aria-label={t('Orangery, my desktops')}>
              <Brand />
            </Link>
            <Group gap={6} wrap="nowrap">
              {me.rights.length > 0 && (
                <nav aria-label={t('Main')} className={classes.nav}>
                  <Link to="/" className={classes.link} activeOptions={{ exact: true }}>
                    {t('Desktops')}
                  </Link>
                  <Link to="/admin" className={classes.link}>
                    {t('Console')}
                  </Link>
                </nav>
              )}
              <ColorSchemeMenu />
              <UserMenu me={me} />
            </Group>
          </Group>
        </Container>
      </Box>
      <Container
        component="main"
        id="main"
        tabIndex={-1}
        size={1440}
        px={{ base: 'md', sm: 'xl' }}
        className={classes.main}
      >
        <Outlet />
      </Container>
    </>
  );
}
