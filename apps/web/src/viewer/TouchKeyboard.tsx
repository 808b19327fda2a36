import { ActionIcon, Tooltip } from '@mantine/core';
import { IconKeyboardShow } from '@tabler/icons-react';
import { type FormEvent, type ReactElement, useRef } from 'react';
import { createPortal } from 'react-dom';
import { KEYSYM, type Stroke, strokesOf } from './keys.ts';
import type { ViewerModel } from './model.ts';
import classes from './Tools.module.css';

/** Something to delete, so that a screen keyboard tells of its backspace. */
const FILLER = '\u00a0\u00a0\u00a0\u00a0';

const BACKSPACE: Stroke = { keysym: KEYSYM.backSpace, shift: false };

const isTouch = (): boolean => window.matchMedia('(any-pointer: coarse)').matches;

/** Brings up the screen's keyboard: only a text field does, so that there is one, unseen. */
export function TouchKeyboard({
  model,
  onShown,
}: {
  model: ViewerModel;
  onShown: () => void;
}): ReactElement | null {
  const field = useRef<HTMLTextAreaElement>(null);
  if (!isTouch()) return null;
  const typed = (event: FormEvent<HTMLTextAreaElement>): void => {
    const { value } = event.currentTarget;
    const kept = value.split('\u00a0').length - 1;
    const deleted = Array.from({ length: Math.max(0, FILLER.length - kept) }, () => BACKSPACE);
    model.connection?.type([...deleted, ...strokesOf(value.replaceAll('\u00a0', '')).strokes]);
    event.currentTarget.value = FILLER;
  };
  return (
    <>
      <Tooltip label="Keyboard">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Screen keyboard"
          data-testid="viewer-keyboard"
          onClick={() => {
            field.current?.focus();
            onShown();
          }}
        >
          <IconKeyboardShow size={18} />
        </ActionIcon>
      </Tooltip>
      {createPortal(
        <textarea
          ref={field}
          className={classes.typing}
          aria-label="Typing into the desktop"
          tabIndex={-1}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          defaultValue={FILLER}
          onInput={typed}
        />,
        document.body,
      )}
    </>
  );
}
