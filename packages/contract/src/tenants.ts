import { z } from 'zod';

const at = z.iso.datetime({ offset: true });
const id = z.uuid();
const name = z.string().trim().min(1).max(100);

/** What is counted and can be limited. */
export const resources = ['vcpus', 'memoryMib', 'diskGib', 'machines', 'sessions'] as const;
export type Resource = (typeof resources)[number];

const RESOURCE_MAX = 1_000_000_000;
const limit = z.number().int().min(0).max(RESOURCE_MAX).nullable();

/** How much of each there may be at most; null: as much as there is. */
export const limitsSchema = z.object({
  vcpus: limit,
  /** MiB. */
  memoryMib: limit,
  /** GiB: disks of machines at their full size, and people's files. */
  diskGib: limit,
  machines: limit,
  /** That are open at once, looked at or not. */
  sessions: limit,
});
export type QuotaLimits = z.output<typeof limitsSchema>;
const used = z.object({
  vcpus: z.number(),
  memoryMib: z.number(),
  diskGib: z.number(),
  machines: z.number(),
  sessions: z.number(),
});

/** tenant: of all that it has. each: of every person that has none of their own. group: of its members together. */
export const quotaScopes = ['tenant', 'each', 'group', 'person'] as const;
export type QuotaScope = (typeof quotaScopes)[number];

export const quotaSchema = z.object({
  id,
  scope: z.enum(quotaScopes),
  /** Of a group or person. */
  principal: z.object({ id, name: z.string() }).nullable(),
  limits: limitsSchema,
  /** Null: of each person, who differ. */
  used: used.nullable(),
});

/** What limits me: my own, my groups’ and my tenant’s. */
export const myQuotaSchema = quotaSchema.omit({ id: true, principal: true }).extend({
  /** Of the tenant or group; null: mine. */
  name: z.string().nullable(),
  used,
});

export const quotaInput = z.object({
  /** Of whom; left out: see `scope`. */
  principalId: id.optional(),
  scope: z
    .enum(['tenant', 'each'])
    .optional()
    .describe('Without a principal: of the whole tenant, which operators set, or of each of its people'),
  limits: limitsSchema.partial().describe('What is left out is not limited'),
});

export const tenantSchema = z.object({
  id,
  name,
  createdAt: at,
  suspended: z.object({ at, reason: z.string().nullable() }).nullable(),
  has: z.object({
    people: z.number().int(),
    groups: z.number().int(),
    pools: z.number().int(),
    images: z.number().int(),
    machines: z.number().int(),
    /** That are open. */
    sessions: z.number().int(),
    /** Disks with people’s files. */
    files: z.number().int(),
  }),
  /** Of the whole tenant; null: it has no quota. */
  limits: limitsSchema.nullable(),
  used,
});

export const tenantInput = z.object({ name });
export const tenantUpdateInput = z.object({ id, name });
export const suspendInput = z.object({
  id,
  reason: z.string().trim().min(1).max(500).optional().describe('Told to its people'),
});
