import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { type ReactElement, useEffect, useRef } from 'react';
import classes from './AdminFrame.module.css';

const PAGES = [
  { to: '/admin', label: 'Overview' },
  { to: '/admin/hosts', label: 'Hosts' },
  { to: '/admin/storage', label: 'Storage' },
  { to: '/admin/images', label: 'Images' },
  { to: '/admin/pools', label: 'Pools' },
  { to: '/admin/applications', label: 'Applications' },
  { to: '/admin/machines', label: 'Machines' },
  { to: '/admin/sessions', label: 'Sessions' },
  { to: '/admin/users', label: 'Users' },
  { to: '/admin/groups', label: 'Groups' },
  { to: '/admin/directories', label: 'Directories' },
  { to: '/admin/audit', label: 'Audit' },
  { to: '/admin/mail', label: 'Mail' },
] as const;

/** The administrator's console: its pages and the way between them. */
export function AdminFrame(): ReactElement {
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
        {PAGES.map(({ to, label }) => (
          <Link key={to} to={to} className={classes.link} activeOptions={{ exact: to === '/admin' }}>
            {label}
          </Link>
        ))}
      </nav>
      <div className={classes.page}>
        <Outlet />
      </div>
    </div>
  );
}
