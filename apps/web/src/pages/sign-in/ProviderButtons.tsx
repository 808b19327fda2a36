import { Alert, Button } from '@mantine/core';
import { IconLogin2 } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { client } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';

/** A button for each provider that people can sign in at. */
export function ProviderButtons({
  providers,
  redirect,
}: {
  providers: readonly { id: string; title: string }[];
  redirect: string | undefined;
}): ReactElement | null {
  const begin = useMutation({
    mutationFn: (id: string) =>
      client.signIn.provider({ id, ...(redirect === undefined ? {} : { redirect }) }),
    meta: { inline: true },
    onSuccess: ({ url }) => location.assign(url),
  });
  if (providers.length === 0) return null;
  return (
    <>
      {begin.error !== null && (
        <Alert color="red" variant="light" role="alert" data-testid="provider-refused">
          {messageOf(begin.error)}
        </Alert>
      )}
      {providers.map(({ id, title }) => (
        <Button
          key={id}
          size="md"
          variant="default"
          leftSection={<IconLogin2 size={19} stroke={1.7} />}
          // Also while the browser is on its way there.
          loading={(begin.isPending || begin.isSuccess) && begin.variables === id}
          onClick={() => begin.mutate(id)}
          data-testid="login-provider"
        >
          {title}
        </Button>
      ))}
    </>
  );
}
