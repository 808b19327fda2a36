import { z } from 'zod';
import { isTimeZone, progressSchema } from './schemas.ts';

const at = z.iso.datetime({ offset: true });
const id = z.uuid();

const settings = {
  enabled: z.boolean(),
  /** Minutes since midnight in `timeZone`; an end before the beginning is on the next day. */
  fromMinute: z.number().int().min(0).max(1_439),
  untilMinute: z.number().int().min(0).max(1_439),
  timeZone: z.string().refine(isTimeZone, 'No time zone as in Europe/Vienna'),
  /** Milliseconds. It stands still while machines wait longer for their disks. */
  latencyLimitMs: z.number().int().min(1).max(10_000),
};

export const dedupeRunSchema = z.object({
  id,
  startedAt: at,
  endedAt: at.nullable(),
  /** Null while it runs. cut: its time was over, or the server ended; what was shared until then stays. */
  outcome: z.enum(['done', 'cut', 'failed']).nullable(),
  reason: z.string().nullable(),
  progress: progressSchema.nullable(),
  /** Bytes in use on the file system; what machines wrote meanwhile is in it. */
  usedBefore: z.number().nullable(),
  usedAfter: z.number().nullable(),
});

/** The storage of a host: its id is the host's. */
export const storageSchema = z.object({
  id,
  host: z.string(),
  path: z.string(),
  capacityBytes: z.number().nullable(),
  availableBytes: z.number().nullable(),
  dedupe: z.object({
    ...settings,
    /** Why it cannot be done on this storage, and what to do; null: it can. */
    obstacle: z.string().nullable(),
    /** When it begins next; null: never, or it runs. */
    nextAt: at.nullable(),
    /** What all runs gave back together. */
    savedBytes: z.number(),
    /** The newest first, at most 30. */
    runs: z.array(dedupeRunSchema),
  }),
});

export const dedupeInput = z
  .object(settings)
  .partial()
  .extend({ id })
  .refine(
    ({ fromMinute, untilMinute }) => fromMinute === undefined || fromMinute !== untilMinute,
    'It ends where it begins',
  );
