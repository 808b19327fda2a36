import { Button, Group } from '@mantine/core';
import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { type ReactElement, useEffect } from 'react';
import { signOut } from '../api/auth.ts';
import { codeOf, messageOf } from '../api/errors.ts';
import { Mark } from './Brand.tsx';
import { Message } from './Message.tsx';
import { t } from '../i18n/t.ts';

/** Who is let in nowhere can at least be somebody else. */
async function leave(): Promise<void> {
  await signOut();
  location.assign('/login');
}

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
      title={t('This page could not be shown')}
      action={
        <Group gap="sm" mt="sm">
          <Button onClick={again}>{t('Try again')}</Button>
          {codeOf(error) === 'FORBIDDEN' && (
            <Button variant="default" onClick={() => void leave()} data-testid="failure-sign-out">
              {t('Sign out')}
            </Button>
          )}
        </Group>
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
