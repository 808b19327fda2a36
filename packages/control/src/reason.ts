import { messageOf, OrangeryError } from '@orangery/std';

/** What a row says of a failure: what happened, and what to do about it where that is known. */
export function reasonOf(thrown: unknown): string {
  const message = messageOf(thrown);
  const fix = thrown instanceof OrangeryError ? thrown.fix : undefined;
  return fix === undefined ? message : `${message.replace(/\.$/, '')}. ${fix}`;
}
