import { z } from 'zod';
import { isTimeZone } from './schemas.ts';

const at = z.iso.datetime({ offset: true });
const id = z.uuid();

/** When machines that are kept do what would make people wait: updates, scans, trimming of disks. */
export const maintenanceWindowSchema = z
  .object({
    /** Days on which it begins; 1 is Monday. */
    weekdays: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    /** Minutes since midnight in `timeZone`. */
    fromMinute: z.number().int().min(0).max(1_439),
    /** Minutes; it may lie over midnight. At most 23 hours, so that one is over before the next begins. */
    lastsMinutes: z.number().int().min(15).max(1_380),
    timeZone: z.string().refine(isTimeZone, 'No time zone as in Europe/Vienna'),
    /** Machines of the pool at the same time, on each host; fewer while the host is strained. */
    atATime: z.number().int().min(1).max(100).default(1),
    /** Minutes that the work of one machine may take. */
    limitMinutes: z.number().int().min(5).max(720).default(60),
    /** Machines that are off are switched on for it, and off again. */
    switchesOn: z.boolean().default(true),
  })
  .refine(
    ({ limitMinutes, lastsMinutes }) => limitMinutes <= lastsMinutes,
    'The work of one machine may take longer than the window lasts',
  );

export const maintenancePhases = ['planned', 'waking', 'starting', 'running', 'ended'] as const;
export type MaintenancePhase = (typeof maintenancePhases)[number];

/** One thing that was done in a guest, as its program of that name tells. */
export const maintenanceItemSchema = z.object({
  name: z.string(),
  /** cut: its time was over. skipped: there was nothing to do. */
  outcome: z.enum(['running', 'done', 'failed', 'skipped', 'cut']),
  exitCode: z.number().int().nullable(),
  seconds: z.number(),
  /** Its last words. */
  detail: z.string(),
});

/** The maintenance of one machine. */
export const maintenanceSchema = z.object({
  /** Null: a plan; nothing is written down before its window opens. */
  id: id.nullable(),
  /** Null: the machine is no more. */
  machineId: id.nullable(),
  machine: z.string(),
  host: z.string().nullable(),
  /** Whose the machine is. */
  owner: z.string().nullable(),
  phase: z.enum(maintenancePhases),
  /** Null while it is not over. stopped: its time was over, or somebody ended it. */
  outcome: z.enum(['done', 'failed', 'skipped', 'stopped']).nullable(),
  /** What it waits for, or why it ended so. */
  reason: z.string().nullable(),
  dueAt: at,
  startedAt: at.nullable(),
  endedAt: at.nullable(),
  /** Who wanted it at once; null: its moment came. */
  askedBy: z.string().nullable(),
  items: z.array(maintenanceItemSchema),
});

const opening = z.object({ fromAt: at, untilAt: at, machines: z.array(maintenanceSchema) });

/** At most 2,000 machines each, in the order of their moments. */
export const poolMaintenanceSchema = z.object({
  window: maintenanceWindowSchema.nullable(),
  /** The window that is open now, or the last one. */
  latest: opening.extend({ open: z.boolean() }).nullable(),
  /** The next one, with the moments of the machines that are there now. */
  next: opening.nullable(),
  /** What somebody asked for in the last seven days, the newest first; at most 100. */
  asked: z.array(maintenanceSchema),
});
