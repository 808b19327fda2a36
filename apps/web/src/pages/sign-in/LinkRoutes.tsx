import { useLoaderData, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { SetupPage } from '../SetupPage.tsx';
import { BackPage } from './BackPage.tsx';
import { LoginPage } from './LoginPage.tsx';
import { ResetPage } from './ResetPage.tsx';
import { VerifyPage } from './VerifyPage.tsx';

export function LoginRoute(): ReactElement {
  return <LoginPage redirect={useSearch({ from: '/login' }).redirect} />;
}

export function SetupRoute(): ReactElement {
  return <SetupPage token={useLoaderData({ from: '/setup' }).token} />;
}

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
