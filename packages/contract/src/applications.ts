import { z } from 'zod';
import { desktopSchema, entitledSchema } from './schemas.ts';

const id = z.uuid();
const at = z.iso.datetime({ offset: true });
/** PNG in base64; at most 64 KiB and 512 pixels a side. */
const icon = z.base64().max(90_000);
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'Small letters, digits and hyphens, at most 31');
/** The name of a desktop file among the image's own. */
const program = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}\.desktop$/,
    'The name of a desktop file, as in firefox-esr.desktop',
  );

/** One program of a pool's machines, published on its own. */
export const applicationSchema = z.object({
  id,
  name,
  title: z.string(),
  description: z.string(),
  pool: z.object({ id, name: z.string() }),
  program: z.string(),
  icon: icon.nullable(),
  /** False: the image version that the pool's machines are made from now does not have the program. */
  offered: z.boolean(),
  /** How many people and groups may open it, besides administrators. */
  people: z.number().int(),
  createdAt: at,
});

/** A program that an image offers. */
export const programSchema = z.object({
  program: z.string(),
  name: z.string(),
  description: z.string(),
  icon: icon.nullable(),
});

/** An application as its person sees it. */
export const myApplicationSchema = desktopSchema
  .pick({
    title: true,
    description: true,
    own: true,
    profile: true,
    state: true,
    reason: true,
    progress: true,
    session: true,
    poolId: true,
    favourite: true,
    usedAt: true,
  })
  .extend({ id, icon: icon.nullable() });

export const applicationInput = z.object({
  name,
  poolId: id,
  program,
  title: z.string().trim().min(1).max(200).optional().describe('Left out: the program’s own name'),
  description: z.string().trim().max(2_000).optional(),
  icon: icon.optional(),
});

export const applicationUpdateInput = z.object({
  id,
  title: z.string().trim().min(1).max(200).optional(),
  description: z.string().trim().max(2_000).optional(),
  icon: icon.optional(),
});

export const applicationEntitlementSchema = z.object({
  id,
  application: z.object({ id, title: z.string() }),
  principal: entitledSchema,
  createdAt: at,
});
