import { ORPCError } from '@orpc/client';
import { said, t } from '../i18n/t.ts';

/** The stable code of an API error; nothing when the API was not reached at all. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof ORPCError ? String(error.code) : undefined;
}

/** What a person is told. The API's own words are made for them; all else is about the line. */
export function messageOf(error: unknown): string {
  if (error instanceof ORPCError) return said(error.message);
  if (error instanceof TypeError)
    return t('Orangery cannot be reached. Check your connection and try again.');
  return error instanceof Error ? error.message : t('Something unexpected went wrong.');
}
