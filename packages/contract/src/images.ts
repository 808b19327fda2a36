import { z } from 'zod';
import { isTimeZone, progressSchema } from './schemas.ts';
import { UPLOAD_BYTES_MAX } from './uploads.ts';
import { draftPhases, imageVersionPhases } from './states.ts';

const at = z.iso.datetime({ offset: true });
const id = z.uuid();

export const uploadStateSchema = z.object({
  /** How many bytes are there: where the next piece begins. */
  received: z.number().int(),
  bytes: z.number().int(),
});

/** A version in a machine of its own, while somebody changes it. */
const draftSchema = z.object({
  desired: z.enum(['open', 'published', 'discarded']),
  phase: z.enum(draftPhases),
  /** Why it does not go on. */
  reason: z.string().nullable(),
  progress: progressSchema.nullable(),
  host: z.string(),
  /** Begun from an installer, on an empty disk of this size. */
  diskGib: z.number().int().nullable(),
});

/** When an image that a recipe makes is built anew by itself, with the packages of that day. */
export const refreshSchema = z.object({
  every: z.enum(['off', 'daily', 'weekly']),
  /** 1 is Monday; counts where it is weekly. */
  weekday: z.number().int().min(1).max(7).default(1),
  /** Minutes since midnight in `timeZone`. */
  atMinute: z.number().int().min(0).max(1_439).default(180),
  timeZone: z.string().refine(isTimeZone, 'No time zone as in Europe/Vienna').default('UTC'),
  /** It begins up to so many minutes later, at random. */
  jitterMinutes: z.number().int().min(0).max(1_440).default(30),
});

export const imageSchema = z.object({
  id,
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** Which recipe makes its versions; null: people do. */
  recipe: z.string().nullable(),
  /** It is the installation’s: all tenants may use it, and operators change it. */
  shared: z.boolean(),
  refresh: refreshSchema.extend({
    nextAt: at.nullable(),
    lastAt: at.nullable(),
    /** What came of the last one, in words. */
    lastResult: z.string().nullable(),
  }),
  versions: z.array(
    z.object({
      id,
      version: z.number().int(),
      phase: z.enum(imageVersionPhases),
      progress: progressSchema.nullable(),
      reason: z.string().nullable(),
      source: z.enum(['recipe', 'refresh', 'draft', 'import', 'installer']),
      /** Number of the version that it was made from. */
      base: z.number().int().nullable(),
      draft: draftSchema.nullable(),
      upload: z.object({ fileName: z.string(), bytes: z.number(), kind: z.enum(['disk', 'iso']) }).nullable(),
      current: z.boolean(),
      notes: z.string(),
      virtualBytes: z.number().nullable(),
      fileBytes: z.number().nullable(),
      createdAt: at,
      readyAt: at.nullable(),
    }),
  ),
});

export const importInput = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'Small letters, digits and hyphens, at most 31')
    .describe('Of an image that is there, whose next version it becomes, or of a new one'),
  title: z.string().trim().min(1).max(200).optional().describe('Of a new image'),
  notes: z.string().trim().max(5_000).default(''),
  kind: z
    .enum(['disk', 'iso'])
    .default('disk')
    .describe('iso: an installer, which a machine is started from'),
  fileName: z.string().trim().min(1).max(255),
  bytes: z.number().int().min(1).max(UPLOAD_BYTES_MAX),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 small hexadecimal digits')
    .optional()
    .describe('Of the file: what arrives otherwise is refused'),
  diskGib: z.number().int().min(1).max(2_048).default(20).describe('Of the empty disk for an installer'),
});
