import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import type { Place } from './words.ts';

const PAGES = {
  hosts: '/admin/hosts',
  storage: '/admin/storage',
  images: '/admin/images',
  pools: '/admin/pools',
  machines: '/admin/machines',
  sessions: '/admin/sessions',
  mail: '/admin/mail',
  tasks: '/admin/tasks',
  users: '/admin/users',
} as const satisfies Record<Place['page'], string>;

/** To where something is looked at and mended. */
export function PlaceLink({
  place: { page, id },
  className,
  label,
  children,
}: {
  place: Place;
  className: string | undefined;
  /** For who hears links without what stands beside them. */
  label?: string;
  children: ReactNode;
}): ReactElement {
  const props = { className, ...(label === undefined ? {} : { 'aria-label': label }) };
  if (page === 'pools' && id !== null)
    return (
      <Link to="/admin/pools/$poolId" params={{ poolId: id }} {...props}>
        {children}
      </Link>
    );
  if (page === 'machines' && id !== null)
    return (
      <Link to="/admin/machines/$machineId" params={{ machineId: id }} {...props}>
        {children}
      </Link>
    );
  if (page === 'hosts' && id !== null)
    return (
      <Link to="/admin/hosts/$hostId" params={{ hostId: id }} {...props}>
        {children}
      </Link>
    );
  return (
    <Link to={PAGES[page]} {...props}>
      {children}
    </Link>
  );
}
