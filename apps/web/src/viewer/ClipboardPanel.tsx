import { Button, Group, Text, Textarea } from '@mantine/core';
import { type ReactElement, useId, useState } from 'react';
import { browserClipboard } from './clipboard.ts';
import { strokesOf } from './keys.ts';
import type { ViewerModel, ViewerView } from './model.ts';
import classes from './Tools.module.css';

/** A person may paste a book; typing it would take minutes and cannot be stopped. */
const TYPED_LENGTH_MAX = 2_000;

/** Text both ways by hand, for browsers that do not let a page at the clipboard. */
export function ClipboardPanel({
  model,
  clipboard,
}: {
  model: ViewerModel;
  clipboard: ViewerView['clipboard'];
}): ReactElement {
  // What is being written, until the clipboard has something newer.
  const [draft, setDraft] = useState({ since: clipboard.text, text: clipboard.text });
  const text = draft.since === clipboard.text ? draft.text : clipboard.text;
  const setText = (written: string): void => setDraft({ since: clipboard.text, text: written });
  const [said, setSaid] = useState('');
  const id = useId();

  const send = (): void => {
    const sent = model.sendClipboard(text);
    setSaid(
      sent.kind === 'tooLarge'
        ? 'That is too much: at most 1 MiB is carried.'
        : 'In the desktop’s clipboard: paste it there.',
    );
  };
  const copy = (): void => {
    browserClipboard.write(text).then(
      () => setSaid('Copied to this device.'),
      () => setSaid('The browser does not allow it. Select the text and copy it yourself.'),
    );
  };
  const allow = (): void => {
    // Asking for the text is how a browser asks for the permission.
    browserClipboard.read().then(
      (read) => {
        setText(read);
        setSaid('Allowed. What you copy is in the desktop as soon as you come back to it.');
      },
      () => setSaid('The browser does not allow it.'),
    );
  };
  const type = (): void => {
    const { strokes, left } = strokesOf(text.slice(0, TYPED_LENGTH_MAX));
    model.connection?.type(strokes);
    setSaid(
      left === ''
        ? 'Typed where the cursor is in the desktop, as on a US keyboard.'
        : `Typed, without what a US keyboard lacks: ${left.slice(0, 20)}`,
    );
  };

  return (
    <section className={classes.panel} aria-labelledby={id} data-testid="viewer-clipboard-panel">
      <Text fw={600} size="sm" id={id} mb={8}>
        Clipboard
      </Text>
      <Textarea
        rows={5}
        aria-label="Text of the clipboard"
        placeholder="What is copied in the desktop appears here. What you write here can be pasted there."
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-testid="viewer-clipboard-text"
      />
      <Group gap="xs" mt="sm">
        <Button
          size="xs"
          onClick={send}
          disabled={!clipboard.available || text === ''}
          data-testid="viewer-clipboard-send"
        >
          Send to desktop
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={copy}
          disabled={text === ''}
          data-testid="viewer-clipboard-copy"
        >
          Copy here
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={type}
          disabled={text === ''}
          data-testid="viewer-clipboard-type"
        >
          Type as keys
        </Button>
        <Button size="xs" variant="subtle" color="gray" onClick={allow}>
          Share automatically
        </Button>
      </Group>
      <Text size="xs" c="dimmed" mt="sm" role="status">
        {said !== ''
          ? said
          : clipboard.available
            ? 'Shared with the desktop, as far as your browser allows it.'
            : 'This desktop has no agent that takes a clipboard. “Type as keys” works all the same.'}
      </Text>
    </section>
  );
}
