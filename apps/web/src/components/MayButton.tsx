import type { Right } from '@orangery/contract';
import type { ReactElement } from 'react';
import { useMay } from '../api/may.ts';
import { ReasonButton, type ReasonButtonProps } from './ReasonButton.tsx';

const NOT_YOURS = 'Your role does not allow this.';

/** A button for who has the right; the others are told that they have not. */
export function MayButton({
  right,
  reason,
  ...props
}: Omit<ReasonButtonProps, 'reason'> & { right: Right; reason?: string | undefined }): ReactElement {
  const may = useMay();
  return <ReasonButton {...props} reason={may(right) ? reason : NOT_YOURS} />;
}
