import { Alert, Button, Group, Text, TextInput, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type DirectoryTest, type DirectoryTestInput } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Section } from '../../../components/Section.tsx';
import type { Kind } from './directory-values.ts';
import classes from './Examine.module.css';
import { rolesInWords } from '../../../components/people.ts';

const WORDS: Readonly<Record<DirectoryTest['steps'][number]['step'], string>> = {
  connect: 'Connect',
  encrypt: 'Encrypt',
  bind: 'Sign in as the account that looks',
  search: 'Search groups',
  person: 'Find the person',
  groups: 'Their groups',
  discover: 'Ask the provider',
  keys: 'Its keys',
};

/** A look into the directory as it is written in the form, told step by step. */
export function Examine({
  kind,
  question,
}: {
  kind: Kind;
  /** Undefined: something is missing in the form. */
  question: () => Omit<DirectoryTestInput, 'login'> | undefined;
}): ReactElement {
  const [login, setLogin] = useState('');
  const test = useMutation({ ...api.directories.test.mutationOptions(), meta: { inline: true } });
  const look = (): void => {
    const asked = question();
    if (asked !== undefined) test.mutate({ ...asked, login: login.trim() });
  };
  return (
    <Section
      title="Try it"
      about="Looks into the directory as it is written above, and changes nothing."
      testId="directory-test"
    >
      <Group align="flex-end" gap="sm">
        {kind !== 'openIdConnect' && (
          <TextInput
            label="Somebody who should be found"
            description="The name that they would type; may be left empty"
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              look();
            }}
            flex={1}
            miw={240}
            data-testid="directory-login"
          />
        )}
        <Button variant="default" loading={test.isPending} onClick={look} data-testid="directory-look">
          Look
        </Button>
      </Group>
      <div aria-live="polite">
        {test.error !== null && (
          <Alert color="red" variant="light" mt="md" data-testid="directory-test-refused">
            {messageOf(test.error)}
          </Alert>
        )}
        {test.data !== undefined && <Found {...test.data} />}
      </div>
    </Section>
  );
}

function Found({ steps, person }: DirectoryTest): ReactElement {
  return (
    <>
      <ol className={classes.steps} data-testid="directory-steps">
        {steps.map(({ step, ok, detail }) => (
          <li key={step} className={classes.step} data-ok={ok}>
            <span className={classes.mark} aria-hidden="true">
              {ok ? <IconCheck size={14} stroke={2.4} /> : <IconX size={14} stroke={2.4} />}
            </span>
            <div className={classes.words}>
              <Text size="sm" fw={600}>
                {WORDS[step]}
                <VisuallyHidden>{ok ? ': done' : ': failed'}</VisuallyHidden>
              </Text>
              <Text size="sm" c="dimmed">
                {detail}
              </Text>
            </div>
          </li>
        ))}
      </ol>
      {person !== null && (
        <Text size="sm" mt="md" style={{ overflowWrap: 'anywhere' }} data-testid="directory-person">
          <strong>{person.name}</strong> ({person.login}, {person.email ?? 'no e-mail'}) would be here as{' '}
          {rolesInWords(person.roles)}
          {person.groups.length === 0 ? '.' : `, and is in ${person.groups.join(', ')}.`}
          {person.disabled && ' The directory has disabled them: they could not sign in.'}
        </Text>
      )}
    </>
  );
}
