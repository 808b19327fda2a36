import { ORPCError } from '@orpc/client';

/** The stable code of an API error; nothing when the API was not reached at all. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof ORPCError ? String(error.code) : undefined;
}

/** What a person is told. The API's own words are made for them; all else is about the line. */
export function messageOf(error: unknown): string {
  if (error instanceof ORPCError) return error.message;
  if (error instanceof TypeError) return 'Orangery cannot be reached. Check your connection and try again.';
  return error instanceof Error ? error.message : 'Something unexpected went wrong.';
}
