import type { FormEvent } from 'react';

/** Brings the first field with a fault to whoever submitted: it may be far above the button. */
export function focusFirstFault(event: FormEvent<HTMLFormElement> | undefined): void {
  const form = event?.currentTarget;
  // The fields know of their faults once they are drawn anew.
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
