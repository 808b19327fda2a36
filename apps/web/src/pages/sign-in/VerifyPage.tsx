import { Button, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Centered } from '../../shell/Centered.tsx';
import { CardHead } from './CardHead.tsx';

/** Confirms an address by the link of a mail. A click, as mail scanners open links and would use it up. */
export function VerifyPage({ token }: { token: string | undefined }): ReactElement {
  const verify = useMutation({ ...api.account.verifyEmail.mutationOptions(), meta: { inline: true } });
  const [title, text] = verify.isSuccess
    ? ['Your address is confirmed', 'Thank you.']
    : verify.error !== null
      ? ['This did not work', messageOf(verify.error)]
      : token === undefined
        ? ['A link is needed', 'Open the link in the mail that you were sent.']
        : ['Is this your address?', 'You have opened the link of our mail. One click, and it is confirmed.'];
  return (
    <Centered>
      <Stack gap="md" data-testid="verify" role="status">
        <CardHead title={title}>{text}</CardHead>
        {token !== undefined && verify.isIdle ? (
          <Button
            size="md"
            loading={verify.isPending}
            onClick={() => verify.mutate({ token })}
            data-testid="verify-submit"
          >
            Confirm my address
          </Button>
        ) : (
          <Button component={Link} to="/" size="md" variant="default">
            My desktops
          </Button>
        )}
      </Stack>
    </Centered>
  );
}
