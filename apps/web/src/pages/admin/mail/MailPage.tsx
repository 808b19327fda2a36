import { Alert, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { PageHead } from '../PageHead.tsx';
import { MailForm } from './MailForm.tsx';
import { TestMail } from './TestMail.tsx';

/** How mails are sent. */
export function MailPage(): ReactElement {
  const mail = useQuery(api.mail.show.queryOptions());
  return (
    <>
      <PageHead title="Mail">
        People who forgot their password are sent a link, and addresses are confirmed. Without a mail server
        administrators give new passwords by hand.
      </PageHead>
      {mail.error !== null && (
        <Alert color="red" variant="light" mb="md" role="alert">
          {messageOf(mail.error)}
        </Alert>
      )}
      {mail.data === undefined ? (
        <Skeleton height={320} radius="lg" aria-hidden="true" />
      ) : (
        <>
          {mail.data.reason !== null && (
            <Alert color="red" variant="light" mb="md" role="alert" data-testid="mail-reason">
              {mail.data.waiting} {mail.data.waiting === 1 ? 'mail waits' : 'mails wait'} to be sent:{' '}
              {mail.data.reason}
            </Alert>
          )}
          {/* Anew once it was set or taken away: its fields begin with what there is. */}
          <MailForm key={String(mail.data.settings === null)} settings={mail.data.settings} />
          {mail.data.settings !== null && <TestMail />}
        </>
      )}
    </>
  );
}
