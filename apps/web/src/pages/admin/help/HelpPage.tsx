import { Alert, Skeleton, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactElement, useEffect, useState } from 'react';
import { api, type User } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { PageHead } from '../PageHead.tsx';
import classes from './HelpPage.module.css';
import { PersonHelp } from './PersonHelp.tsx';

const TYPING_MS = 150;
/** Whoever is not among them is found by typing more. */
const SHOWN_MAX = 8;

/** For who picks up the phone: finds who calls, sees what they have open, and does what helps. */
export function HelpPage(): ReactElement {
  const { search = '', person } = useSearch({ from: '/person/frame/admin/help' });
  const navigate = useNavigate({ from: '/admin/help' });
  const [typed, setTyped] = useState(search);
  const [wanted] = useDebouncedValue(typed.trim(), TYPING_MS);
  useEffect(() => {
    void navigate({
      replace: true,
      search: (now) => ({
        ...(now.person === undefined ? {} : { person: now.person }),
        ...(wanted === '' ? {} : { search: wanted }),
      }),
    });
  }, [navigate, wanted]);
  const users = useQuery(
    api.users.list.queryOptions({
      input: { search: wanted, limit: SHOWN_MAX },
      placeholderData: keepPreviousData,
    }),
  );
  const found = users.data?.items ?? [];
  // Whom an address names need not be among those that are found by a name.
  const asked = useQuery({
    ...api.users.show.queryOptions({ input: { id: person ?? '' } }),
    enabled: person !== undefined,
  });
  const chosen = person === undefined ? undefined : (found.find(({ id }) => id === person) ?? asked.data);
  return (
    <>
      <PageHead title="Help somebody">Find who calls, see what they have open, and do what helps.</PageHead>
      <div className={classes.columns}>
        <section aria-label="People">
          <TextInput
            label="Who is it?"
            placeholder="A part of the name or of the e-mail address"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            mb="sm"
            data-autofocus
            data-testid="help-search"
          />
          {users.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(users.error)}
            </Alert>
          )}
          {users.data === undefined && users.error === null && <Skeleton height={180} radius="md" />}
          <ul className={classes.people}>
            {found.map((user) => (
              <li key={user.id}>
                <Choice
                  user={user}
                  chosen={user.id === person}
                  onChoose={() => void navigate({ search: (now) => ({ ...now, person: user.id }) })}
                />
              </li>
            ))}
          </ul>
          {typeof users.data?.nextCursor === 'string' && (
            <Text size="xs" c="dimmed" mt="xs">
              There are more: type more of the name.
            </Text>
          )}
          {users.data?.items.length === 0 && (
            <Text size="sm" c="dimmed">
              Nobody is called that.
            </Text>
          )}
        </section>
        {chosen === undefined ? (
          <div className={classes.nobody}>
            {asked.error === null
              ? 'Choose a person to see what they have open.'
              : 'Whom this address names is not there, or not for you to see.'}
          </div>
        ) : (
          <PersonHelp key={chosen.id} user={chosen} />
        )}
      </div>
    </>
  );
}

function Choice({
  user: { name, email, endedAt },
  chosen,
  onChoose,
}: {
  user: User;
  chosen: boolean;
  onChoose: () => void;
}): ReactElement {
  return (
    <UnstyledButton
      className={classes.person}
      aria-pressed={chosen}
      onClick={onChoose}
      data-testid="help-person"
    >
      <Text size="sm" fw={600} component="span" display="block">
        {name}
      </Text>
      <Text size="xs" c="dimmed" component="span" display="block">
        {email ?? 'no e-mail'}
        {endedAt === null ? '' : ', let in no more'}
      </Text>
    </UnstyledButton>
  );
}
