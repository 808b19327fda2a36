import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type OwnPasskey } from '../../api/client.ts';
import { addPasskey, passkeysWork } from '../../api/passkeys.ts';
import { Ago } from '../../components/Ago.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { ReasonButton } from '../../components/ReasonButton.tsx';
import { useRemoveFromList } from '../../components/RemoveFromList.tsx';
import { PasswordDialog } from './PasswordDialog.tsx';
import { Section } from '../../components/Section.tsx';

const columns: readonly Column<OwnPasskey>[] = [
  { header: 'Passkey', cell: ({ name, site }) => <TwoLines first={name} second={`for ${site}`} /> },
  { header: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { header: 'Last used', cell: ({ lastUsedAt }) => <Ago at={lastUsedAt} /> },
];

export function PasskeysSection(): ReactElement {
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const passkeys = useQuery(api.passkeys.list.queryOptions());
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.passkeys.key() });
  const add = useMutation({
    mutationFn: addPasskey,
    meta: { inline: true },
    async onSuccess({ name }) {
      await refresh();
      setAdding(false);
      notifications.show({ message: `${name} signs you in from now on.` });
    },
  });
  const { column, question } = useRemoveFromList<OwnPasskey>({
    what: 'passkey',
    remove: ({ id }) => api.passkeys.remove.call({ id }),
    listKey: api.passkeys.key(),
    testId: 'passkey-remove',
    children:
      'It signs nobody in any more. Your device may go on to offer it until you delete it there, too.',
  });
  return (
    <Section
      title="Passkeys"
      about="Sign in with your finger, face or the PIN of your device. There is nothing to remember, and no false page can take it from you."
      action={
        <ReasonButton
          variant="default"
          reason={
            passkeysWork()
              ? undefined
              : 'This browser has no passkeys here: they need a name, and are not made for addresses of numbers.'
          }
          onClick={() => setAdding(true)}
          data-testid="passkey-add"
        >
          Add a passkey
        </ReasonButton>
      }
      testId="account-passkeys"
    >
      <DataTable
        label="Your passkeys"
        query={passkeys}
        columns={[...columns, column]}
        keyOf={({ id }) => id}
        empty="You have none yet."
        testId="passkeys"
      />
      {adding && (
        <PasswordDialog
          title="Add a passkey"
          action="Go on"
          name={{ label: 'What it is called', value: 'This device' }}
          busy={add.isPending}
          error={add.error}
          onPassword={(given) => add.mutate(given)}
          onClose={() => {
            setAdding(false);
            add.reset();
          }}
        >
          Your browser then asks where it is kept.
        </PasswordDialog>
      )}
      {question}
    </Section>
  );
}
