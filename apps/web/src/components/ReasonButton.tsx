import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import { type MouseEvent, type ReactElement, type ReactNode, useId } from 'react';
import { VisuallyHidden } from '@mantine/core';

export type ReasonButtonProps = ButtonProps & {
  /** Why it cannot be pressed now; it can while there is none. */
  reason: string | undefined;
  /** Left out where it submits its form. */
  onClick?: () => void;
  type?: 'button' | 'submit';
  children: ReactNode;
  'data-testid'?: string;
  'aria-label'?: string;
};

/** A button that says why it is disabled. It keeps its place in the tab order, so that everybody can find out. */
export function ReasonButton({ reason, onClick, children, ...props }: ReasonButtonProps): ReactElement {
  const id = useId();
  if (reason === undefined) {
    return (
      <Button {...props} {...(onClick === undefined ? {} : { onClick })}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={reason}>
      <Button
        {...props}
        data-disabled
        aria-disabled
        aria-describedby={id}
        onClick={(event: MouseEvent) => event.preventDefault()}
      >
        {children}
        <VisuallyHidden id={id}>{reason}</VisuallyHidden>
      </Button>
    </Tooltip>
  );
}

/** The reason of one of the contract's verdicts. */
export function reasonOf(
  verdict: { allowed: true } | { allowed: false; reason: string },
): string | undefined {
  return verdict.allowed ? undefined : verdict.reason;
}
