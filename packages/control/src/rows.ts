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
