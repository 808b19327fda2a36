import { Alert, Button, Loader, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { type ReactElement, useEffect } from 'react';
import { client } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { inAppPath } from '../../api/redirect.ts';
import { Centered } from '../../shell/Centered.tsx';
import { CardHead } from './CardHead.tsx';
import { CodeStep } from './CodeStep.tsx';

/** Where a provider sends the browser back to. */
export function BackPage({ query }: { query: string }): ReactElement {
  const router = useRouter();
  const queries = useQueryClient();
  const answer = useQuery({
    queryKey: ['provider answer', query],
    queryFn: () => client.signIn.providerAnswer({ query }),
    // It is right once.
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    enabled: query !== '',
    meta: { inline: true },
  });
  const done = answer.data?.next === 'done';
  const redirect = answer.data?.redirect ?? undefined;
  const enter = (): void => {
    queries.clear();
    router.history.push(inAppPath(redirect));
  };
  useEffect(() => {
    if (done) enter();
    // Once it is done; what enters is the same each time.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [done]);
  if (answer.data?.next === 'secondFactor') {
    return (
      <Centered>
        <CodeStep
          onAnswer={({ kind }) => kind === 'done' && enter()}
          onBack={() => void router.navigate({ to: '/login' })}
        />
      </Centered>
    );
  }
  if (answer.error !== null || query === '') {
    return (
      <Centered>
        <Stack gap="md" data-testid="provider-trouble">
          <CardHead title="You are not signed in">
            {query === ''
              ? 'This page is where a provider sends you after you have signed in there.'
              : 'It can be tried again.'}
          </CardHead>
          {answer.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(answer.error)}
            </Alert>
          )}
          <Button component={Link} to="/login" size="md">
            Sign in
          </Button>
        </Stack>
      </Centered>
    );
  }
  return (
    <Centered>
      <Stack gap="md" role="status">
        <CardHead title="One moment">You are being signed in.</CardHead>
        <Loader size="sm" aria-hidden="true" />
      </Stack>
    </Centered>
  );
}
