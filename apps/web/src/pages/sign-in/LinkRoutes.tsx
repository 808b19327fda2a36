import { useLoaderData } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { ResetPage } from './ResetPage.tsx';
import { VerifyPage } from './VerifyPage.tsx';

/** Pages that the links of mails open; the secret is taken out of the address at once. */
export function ResetRoute(): ReactElement {
  return <ResetPage token={useLoaderData({ from: '/reset' }).token} />;
}

export function VerifyRoute(): ReactElement {
  return <VerifyPage token={useLoaderData({ from: '/verify' }).token} />;
}
