import { useLoaderData } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { BackPage } from './BackPage.tsx';
import { ResetPage } from './ResetPage.tsx';
import { VerifyPage } from './VerifyPage.tsx';

/** The provider's answer is taken out of the address at once, too. */
export function BackRoute(): ReactElement {
  return <BackPage query={useLoaderData({ from: '/sign-in/back' }).query} />;
}

/** Pages that the links of mails open; the secret is taken out of the address at once. */
export function ResetRoute(): ReactElement {
  return <ResetPage token={useLoaderData({ from: '/reset' }).token} />;
}

export function VerifyRoute(): ReactElement {
  return <VerifyPage token={useLoaderData({ from: '/verify' }).token} />;
}
