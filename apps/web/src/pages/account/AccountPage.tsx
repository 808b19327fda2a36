import { Alert, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { useTitle } from '../../components/use-title.ts';
import { ApiKeysSection } from './ApiKeysSection.tsx';
import { EmailSection } from './EmailSection.tsx';
import { PasskeysSection } from './PasskeysSection.tsx';
import { PasswordSection } from './PasswordSection.tsx';
import { SecondFactorSection } from './SecondFactorSection.tsx';
import { SignInsSection } from './SignInsSection.tsx';

/** How somebody proves who they are, and where they did. */
export function AccountPage(): ReactElement {
  useTitle('My account');
  const account = useQuery(api.account.show.queryOptions());
  return (
    <>
      <Title order={1} fz={26}>
        My account
      </Title>
      <Text c="dimmed" size="sm" mt={2} mb="lg">
        How you sign in, and where you are signed in.
      </Text>
      {account.error !== null && (
        <Alert color="red" variant="light" mb="md" role="alert">
          {messageOf(account.error)}
        </Alert>
      )}
      {account.data === undefined ? (
        <Skeleton height={320} radius="lg" aria-hidden="true" />
      ) : (
        <>
          <EmailSection account={account.data} />
          <PasswordSection account={account.data} />
          {/* Who signs in at a provider proves more than a password there. */}
          {account.data.directory?.password !== false && (
            <>
              <SecondFactorSection account={account.data} />
              <PasskeysSection />
            </>
          )}
          <SignInsSection />
          <ApiKeysSection />
        </>
      )}
    </>
  );
}
