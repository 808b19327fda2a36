import { progressSchema } from '@orangery/contract';
import type { z } from 'zod';

/** Rows to the API's shapes: instants as ISO text, JSON columns checked. */
export const iso = (at: Date): string => at.toISOString();
export const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

export function progressOf(column: unknown): z.infer<typeof progressSchema> | null {
  const parsed = progressSchema.safeParse(column);
  return parsed.success ? parsed.data : null;
}

/** Of PostgreSQL: somebody else has made the row that was to be made. */
export function isUniqueViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505';
}

/** For `catch`: what a row that was to be made refers to was deleted in this moment. */
export function undefinedWhereGone(error: unknown): undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === '23503')
    return undefined;
  throw error;
}
