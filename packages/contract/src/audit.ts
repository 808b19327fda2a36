import { z } from 'zod';
import { apiErrors } from './errors.ts';
import { withRight } from './operation.ts';
import { pageInput, pageOf } from './pages.ts';

const at = z.iso.datetime({ offset: true });

export const auditSchema = z.object({
  id: z.number().int(),
  /** Its place in the chain; null for a moment, until it has one. */
  position: z.number().int().nullable(),
  at,
  actor: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  outcome: z.string(),
  /** Why it was allowed. */
  why: z.string().nullable(),
  /** From which address. */
  client: z.string().nullable(),
  detail: z.unknown(),
});

export const auditExportSchema = z.object({
  position: z.number().int(),
  /** UTC, to the microsecond. */
  at: z.string(),
  tenantId: z.string().nullable(),
  principalId: z.string().nullable(),
  actor: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  outcome: z.string(),
  why: z.string().nullable(),
  client: z.string().nullable(),
  detail: z.unknown(),
  /** SHA-256 over the hash before and the canonical content, in hex. */
  hash: z.string(),
});

export const auditFilter = pageInput.extend({
  search: z.string().trim().max(200).optional().describe('In who, what, on what, from where'),
  since: at.optional(),
  until: at.optional(),
});

export const SYSLOG_PORTS = { tls: 6514, tcp: 601, udp: 514 } as const;
export const syslogSchema = z.object({
  host: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'A name or an address'),
  port: z.number().int().min(1).max(65_535),
  transport: z.enum(['tls', 'tcp', 'udp']),
  /** An authority of one's own, as PEM; empty: those that Node knows. */
  ca: z.string().max(20_000).default(''),
});
export type Syslog = z.output<typeof syslogSchema>;

export const AUDIT_DAYS_MIN = 30;
export const auditSettingsInput = z.object({
  /** Days after which events are deleted, the oldest first; null: never. */
  keepDays: z.number().int().min(AUDIT_DAYS_MIN).max(36_500).nullable(),
  syslog: syslogSchema.nullable(),
});
export const auditSettingsSchema = auditSettingsInput.extend({
  /** Events that have not been sent yet, and why; null where nothing is sent. */
  sending: z.object({ waiting: z.number().int(), reason: z.string().nullable() }).nullable(),
});

export const auditVerifySchema = z.object({
  holds: z.boolean(),
  /** Checked, from the oldest that is kept. */
  events: z.number().int(),
  /** Events up to this place were deleted as they were old; 0: none. */
  anchor: z.number().int(),
  head: z.object({ position: z.number().int(), hash: z.string() }),
  fault: z.object({ position: z.number().int(), reason: z.string() }).nullable(),
});

export const audit = {
  list: withRight
    .route({ method: 'GET', path: '/audit', summary: 'Audit events, the newest first' })
    .input(auditFilter)
    .output(pageOf(auditSchema)),
  export: withRight
    .route({
      method: 'GET',
      path: '/audit/export',
      summary: 'Events of the chain with their hashes, the oldest first',
    })
    .input(
      z.object({
        after: z.coerce.number().int().min(0).default(0).describe('A place in the chain'),
        limit: z.coerce.number().int().min(1).max(1000).default(1000),
      }),
    )
    .output(z.array(auditExportSchema)),
  verify: withRight
    .route({
      method: 'GET',
      path: '/audit/verify',
      summary: 'Follows the chain from its oldest event to its newest',
      description:
        'With `position` and `hash` of an earlier answer or an export, also whether that event is still the same: whoever ' +
        'holds database and master key could write a new chain, but not the hash that was noted elsewhere.',
    })
    .input(
      z.object({
        position: z.coerce.number().int().min(1).optional(),
        hash: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
      }),
    )
    .output(auditVerifySchema),
  settings: withRight
    .route({
      method: 'GET',
      path: '/audit/settings',
      summary: 'How long events are kept, and where they are sent',
    })
    .output(auditSettingsSchema),
  configure: withRight
    .route({
      method: 'PUT',
      path: '/audit/settings',
      summary: 'Sets how long events are kept, and where they are sent',
    })
    .errors({ CONFLICT: apiErrors.CONFLICT })
    .input(auditSettingsInput)
    .output(auditSettingsSchema),
};
