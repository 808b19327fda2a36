import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { useEffect } from 'react';
import { api } from './api/client.ts';
import { codeOf } from './api/errors.ts';
import type { LiveFollower } from './api/live.ts';
import { lookedInto, lookInto } from './api/tenant.ts';
import { type ListSearch, listSearchOf } from './components/list/list-search.ts';
import { Over } from './components/Over.tsx';
import type * as adminPages from './pages/admin/pages.ts';
import { PortalPage } from './pages/portal/PortalPage.tsx';
import { takeQuery, takeToken } from './pages/link-token.ts';
import { AppFrame } from './shell/AppFrame.tsx';
import { FailurePage } from './shell/Failure.tsx';
import { NotFound, NotFoundPage } from './shell/NotFound.tsx';
import { Root } from './shell/Root.tsx';

type RouterContext = { queryClient: QueryClient; live: LiveFollower };

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Root });

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/sign-in/pages.ts'), 'SetupRoute'),
  // Taken once, when the page is entered: the address does not keep it.
  loader: () => ({ token: takeToken() }),
  staleTime: Infinity,
});

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { redirect?: string } =>
    typeof search['redirect'] === 'string' ? { redirect: search['redirect'] } : {},
  component: lazyRouteComponent(() => import('./pages/sign-in/pages.ts'), 'LoginRoute'),
});

const forgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot',
  component: lazyRouteComponent(() => import('./pages/sign-in/pages.ts'), 'ForgotPage'),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset',
  component: lazyRouteComponent(() => import('./pages/sign-in/pages.ts'), 'ResetRoute'),
  loader: () => ({ token: takeToken() }),
  staleTime: Infinity,
});

const backRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in/back',
  component: lazyRouteComponent(() => import('./pages/sign-in/pages.ts'), 'BackRoute'),
  loader: () => ({ query: takeQuery() }),
  staleTime: Infinity,
});

const verifyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/verify',
  component: lazyRouteComponent(() => import('./pages/sign-in/pages.ts'), 'VerifyRoute'),
  loader: () => ({ token: takeToken() }),
  staleTime: Infinity,
});

/** All that needs a person. Who is not signed in comes back here afterwards. */
const personRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'person',
  component: function Person() {
    const { live } = personRoute.useRouteContext();
    useEffect(() => live.start().stop, [live]);
    return (
      <>
        <Over />
        <Outlet />
      </>
    );
  },
  async beforeLoad({ context, location }) {
    try {
      return { me: await context.queryClient.ensureQueryData(api.me.show.queryOptions()) };
    } catch (error) {
      // The tenant that this tab looked into is gone, or who signed in now may not see it.
      if (codeOf(error) === 'NOT_FOUND' && lookedInto() !== null) lookInto(null);
      if (codeOf(error) !== 'UNAUTHORIZED') throw error;
      throw redirect({ to: '/login', search: location.pathname === '/' ? {} : { redirect: location.href } });
    }
  },
});

const frameRoute = createRoute({
  getParentRoute: () => personRoute,
  id: 'frame',
  component: AppFrame,
  notFoundComponent: NotFound,
});

const portalRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  component: PortalPage,
});

const accountRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./pages/account/AccountPage.tsx'), 'AccountPage'),
});

const viewerRoute = createRoute({
  getParentRoute: () => personRoute,
  path: '/session/$id',
  component: lazyRouteComponent(() => import('./viewer/ViewerPage.tsx'), 'ViewerPage'),
});

const consoleRoute = createRoute({
  getParentRoute: () => personRoute,
  path: '/console/$id',
  /** Why it is opened, where it is somebody's own machine. */
  validateSearch: (search: Record<string, unknown>): { because?: string } =>
    typeof search['because'] === 'string' ? { because: search['because'].slice(0, 500) } : {},
  beforeLoad({ context }) {
    if (!context.me.rights.includes('machines.screen')) throw notFound();
  },
  component: lazyRouteComponent(() => import('./viewer/ViewerPage.tsx'), 'ConsolePage'),
});

const draftRoute = createRoute({
  getParentRoute: () => personRoute,
  path: '/draft/$id',
  beforeLoad({ context }) {
    if (!context.me.rights.includes('images.change')) throw notFound();
  },
  component: lazyRouteComponent(() => import('./viewer/ViewerPage.tsx'), 'DraftViewerPage'),
});

const adminRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/admin',
  beforeLoad({ context }) {
    if (context.me.rights.length === 0) throw notFound();
  },
  component: lazyRouteComponent(() => import('./pages/admin/AdminFrame.tsx'), 'AdminFrame'),
});

const adminPage = <const P extends string>(path: P, name: keyof typeof adminPages) =>
  createRoute({
    getParentRoute: () => adminRoute,
    path,
    component: lazyRouteComponent(() => import('./pages/admin/pages.ts'), name),
  });

const tasksRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: 'tasks',
  /** The list, and whose log is shown. */
  validateSearch: (search: Record<string, unknown>): ListSearch & { id?: string } => ({
    ...listSearchOf(search),
    ...(typeof search['id'] === 'string' ? { id: search['id'] } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/admin/pages.ts'), 'TasksPage'),
});

/** A page whose address says what of its list is shown. */
const listPage = <const P extends string>(path: P, name: keyof typeof adminPages) =>
  createRoute({
    getParentRoute: () => adminRoute,
    path,
    validateSearch: (search: Record<string, unknown>): ListSearch => listSearchOf(search),
    component: lazyRouteComponent(() => import('./pages/admin/pages.ts'), name),
  });

const helpRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: 'help',
  /** What is typed, and who is helped: a link to it can be handed on. */
  validateSearch: (search: Record<string, unknown>): { search?: string; person?: string } => ({
    ...(typeof search['search'] === 'string' ? { search: search['search'].slice(0, 200) } : {}),
    ...(typeof search['person'] === 'string' ? { person: search['person'] } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/admin/pages.ts'), 'HelpPage'),
});

const routeTree = rootRoute.addChildren([
  setupRoute,
  loginRoute,
  forgotRoute,
  resetRoute,
  verifyRoute,
  backRoute,
  personRoute.addChildren([
    viewerRoute,
    draftRoute,
    consoleRoute,
    frameRoute.addChildren([
      portalRoute,
      accountRoute,
      adminRoute.addChildren([
        adminPage('/', 'OverviewPage'),
        helpRoute,
        tasksRoute,
        adminPage('hosts', 'HostsPage'),
        adminPage('hosts/$hostId', 'HostPage'),
        adminPage('storage', 'StoragePage'),
        adminPage('images', 'ImagesPage'),
        adminPage('images/import', 'ImportPage'),
        adminPage('pools', 'PoolsPage'),
        adminPage('pools/new', 'NewPoolPage'),
        adminPage('pools/$poolId', 'PoolPage'),
        adminPage('applications', 'ApplicationsPage'),
        listPage('machines', 'MachinesPage'),
        adminPage('machines/$machineId', 'MachinePage'),
        listPage('sessions', 'SessionsPage'),
        listPage('users', 'UsersPage'),
        adminPage('groups', 'GroupsPage'),
        adminPage('groups/$groupId', 'GroupPage'),
        adminPage('directories', 'DirectoriesPage'),
        adminPage('directories/new', 'NewDirectoryPage'),
        adminPage('directories/$directoryId', 'DirectoryPage'),
        adminPage('quotas', 'QuotasPage'),
        adminPage('tenants', 'TenantsPage'),
        adminPage('audit', 'AuditPage'),
        adminPage('mail', 'MailPage'),
      ]),
    ]),
  ]),
]);

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    defaultPreload: 'intent',
    defaultErrorComponent: FailurePage,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  // Merged by the library's own rule.
  // oxlint-disable-next-line typescript/consistent-type-definitions
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
