import './styles.ts';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LiveFollower } from './api/live.ts';
import { createQueryClient } from './api/query-client.ts';
import { browserClock } from './clock.ts';
import { loadLanguage } from './i18n/t.ts';
import { createAppRouter } from './router.tsx';

function onSignedOut(): void {
  const { pathname, href } = router.state.location;
  if (pathname === '/login' || pathname === '/setup') return;
  queryClient.clear();
  void router.navigate({ to: '/login', search: href === '/' ? {} : { redirect: href } });
}
const queryClient = createQueryClient(onSignedOut);
const router = createAppRouter({ queryClient, live: new LiveFollower(queryClient, onSignedOut) });

/** A page younger than this that misses a part again was not helped by loading it anew. */
const FRESH_MS = 10_000;

// After an update of the server the parts of the old page are gone; the new page has its own. While the line is
// gone the page says so instead, with a button.
window.addEventListener('vite:preloadError', (event) => {
  if (!navigator.onLine || browserClock.monotonicMs() < FRESH_MS) return;
  event.preventDefault();
  location.reload();
});

const MESSAGES = {
  en: () => import('virtual:messages/en'),
  de: () => import('virtual:messages/de'),
} as const;
await loadLanguage(async (language) => (await MESSAGES[language]()).default);

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
