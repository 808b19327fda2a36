import { Button } from '@mantine/core';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { type ReactElement, useEffect } from 'react';
import { messageOf } from '../api/errors.ts';
import { Mark } from './Brand.tsx';
import { Message } from './Message.tsx';

/** What stands where a page failed. */
export function Failure({ error, reset }: ErrorComponentProps): ReactElement {
  const router = useRouter();
  const { reset: resetQueries } = useQueryErrorResetBoundary();
  useEffect(() => resetQueries(), [resetQueries]);
  const again = (): void => {
    reset();
    void router.invalidate();
  };
  return (
    <Message
      picture={<Mark size={56} />}
      title="This page could not be shown"
      action={
        <Button onClick={again} mt="sm">
          Try again
        </Button>
      }
    >
      {messageOf(error)}
    </Message>
  );
}

/** Where no frame is around it. */
export function FailurePage(props: ErrorComponentProps): ReactElement {
  return (
    <main>
      <Failure {...props} />
    </main>
  );
}
