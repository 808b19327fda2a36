import { Alert, Button, Group, Text } from '@mantine/core';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { type ReactElement, useEffect, useRef } from 'react';
import { useMay, useMe } from '../../api/may.ts';
import { lookInto } from '../../api/tenant.ts';
import classes from './AdminFrame.module.css';

const GROUPS = [
  {
    title: undefined,
    pages: [
      { to: '/admin', label: 'Overview', right: undefined },
      { to: '/admin/tasks', label: 'Tasks', right: 'pools.look' },
      { to: '/admin/help', label: 'Help somebody', right: 'sessions.help' },
    ],
  },
  {
    title: 'Desktops',
    pages: [
      { to: '/admin/pools', label: 'Pools', right: 'pools.look' },
      { to: '/admin/applications', label: 'Applications', right: 'pools.look' },
      { to: '/admin/images', label: 'Images', right: 'images.look' },
      { to: '/admin/machines', label: 'Machines', right: 'machines.look' },
      { to: '/admin/sessions', label: 'Sessions', right: 'sessions.look' },
    ],
  },
  {
    title: 'People',
    pages: [
      { to: '/admin/users', label: 'Users', right: 'people.look' },
      { to: '/admin/groups', label: 'Groups', right: 'people.look' },
      { to: '/admin/quotas', label: 'Quotas', right: 'quotas.look' },
      { to: '/admin/audit', label: 'Audit', right: 'audit.look' },
    ],
  },
  {
    title: 'Installation',
    pages: [
      { to: '/admin/hosts', label: 'Hosts', right: 'installation' },
      { to: '/admin/storage', label: 'Storage', right: 'installation' },
      { to: '/admin/tenants', label: 'Tenants', right: 'installation' },
      { to: '/admin/directories', label: 'Directories', right: 'installation' },
      { to: '/admin/mail', label: 'Mail', right: 'installation' },
    ],
  },
] as const;

/** The console: the pages for which who looks has the right, and the way between them. */
export function AdminFrame(): ReactElement {
  const may = useMay();
  const { atHome, tenant } = useMe();
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the pages are a row that is wider than the screen.
  useEffect(() => {
    const links = [...(nav.current?.querySelectorAll('a') ?? [])];
    const here = links.findLast((link) => pathname.startsWith(link.pathname));
    here?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [pathname]);
  return (
    <div className={classes.frame}>
      <nav className={classes.nav} aria-label="Console" ref={nav}>
        {GROUPS.map(({ title, pages }) => {
          const shown = pages.filter(({ right }) => right === undefined || may(right));
          return shown.length === 0 ? null : (
            <div key={title ?? ''} className={classes.group} role="group" aria-label={title ?? 'Now'}>
              {title !== undefined && (
                <span className={classes.title} aria-hidden="true">
                  {title}
                </span>
              )}
              {shown.map(({ to, label }) => (
                <Link key={to} to={to} className={classes.link} activeOptions={{ exact: to === '/admin' }}>
                  {label}
                </Link>
              ))}
            </div>
          );
        })}
      </nav>
      <div className={classes.page}>
        {!atHome && (
          <Alert color="citrus" variant="light" mb="lg" data-testid="tenant-banner">
            <Group justify="space-between" gap="sm">
              <Text size="sm">
                You look into <b>{tenant.name}</b>: what you see and make here is this tenant’s.
              </Text>
              <Button size="xs" variant="default" onClick={() => lookInto(null)} data-testid="tenant-home">
                Back to your own
              </Button>
            </Group>
          </Alert>
        )}
        <Outlet />
      </div>
    </div>
  );
}
