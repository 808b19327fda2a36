import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTitle } from '../components/use-title.ts';
import { Mark } from './Brand.tsx';
import { Message } from './Message.tsx';
import { t } from '../i18n/t.ts';

export function NotFound(): ReactElement {
  useTitle(t('Not found'));
  return (
    <Message
      picture={<Mark size={56} />}
      title={t('There is nothing here')}
      action={
        <Button component={Link} to="/" mt="sm">
          {t('Go to my desktops')}
        </Button>
      }
    >
      {t('The address may be mistyped, or this page is not for you. Nothing is broken.')}
    </Message>
  );
}

/** Where no frame is around it. */
export function NotFoundPage(): ReactElement {
  return (
    <main>
      <NotFound />
    </main>
  );
}
