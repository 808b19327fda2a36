export { OverviewPage } from './OverviewPage.tsx';
export { HostsPage } from './HostsPage.tsx';
export { ImagesPage } from './ImagesPage.tsx';
export { PoolsPage } from './PoolsPage.tsx';
export { MachinesPage } from './MachinesPage.tsx';
export { SessionsPage } from './SessionsPage.tsx';
export { UsersPage } from './UsersPage.tsx';
export { AuditPage } from './AuditPage.tsx';
