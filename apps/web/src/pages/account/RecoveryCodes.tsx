import { Button, CopyButton, Group, Stack, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { Dialog } from '../../components/Dialog.tsx';
import classes from './Codes.module.css';

/** Recovery codes are seen this once. */
export function RecoveryCodes({
  codes,
  onClose,
}: {
  codes: readonly string[];
  onClose: () => void;
}): ReactElement {
  return (
    <Dialog opened onClose={onClose} title="Your recovery codes">
      <Stack>
        <Text c="dimmed" size="sm">
          Each of them opens your account once, when you do not have your authenticator. Print them, or keep
          them where you keep passwords: they are shown this once.
        </Text>
        <CodeList codes={codes} />
        <Group justify="flex-end">
          <CopyCodes codes={codes} />
          <Button onClick={onClose} data-testid="codes-done">
            I have them
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

export function CodeList({ codes }: { codes: readonly string[] }): ReactElement {
  return (
    <ul className={classes.codes} aria-label="Recovery codes" data-testid="codes">
      {codes.map((code) => (
        <li key={code}>{code}</li>
      ))}
    </ul>
  );
}

export function CopyCodes({ codes }: { codes: readonly string[] }): ReactElement {
  return (
    <CopyButton value={codes.join('\n')}>
      {({ copied, copy }) => (
        <Button variant="default" onClick={copy}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      )}
    </CopyButton>
  );
}
