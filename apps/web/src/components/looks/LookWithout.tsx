import { Button, Group, TextInput, UnstyledButton } from '@mantine/core';
import { type ReactElement, useState } from 'react';

const WORDS_MIN = 5;

/** For when somebody cannot be asked: why one looks all the same, which is told to the audit log. */
export function LookWithout({ onBecause }: { onBecause: (because: string) => void }): ReactElement {
  const [open, setOpen] = useState(false);
  const [why, setWhy] = useState('');
  if (!open)
    return (
      <UnstyledButton fz="xs" td="underline" onClick={() => setOpen(true)} data-testid="look-without">
        Look without asking…
      </UnstyledButton>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (why.trim().length >= WORDS_MIN) onBecause(why.trim());
      }}
    >
      <Group gap="sm" align="flex-end">
        <TextInput
          label="Why you look without their consent"
          description="It is in the audit log, with your name."
          value={why}
          onChange={(event) => setWhy(event.currentTarget.value)}
          maxLength={500}
          flex={1}
          miw={200}
          data-testid="look-because"
        />
        <Button
          type="submit"
          size="sm"
          variant="default"
          disabled={why.trim().length < WORDS_MIN}
          data-testid="look-anyway"
        >
          Look
        </Button>
      </Group>
    </form>
  );
}
