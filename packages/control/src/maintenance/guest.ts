import { maintenanceItemSchema } from '@orangery/contract';
import type { HostDriver } from '@orangery/hypervisor';
import { codeOf } from '@orangery/std';
import { z } from 'zod';

/** It begins, looks or ends: the work itself goes on in a unit of the guest's systemd. */
const CALL_TIMEOUT_MS = 30_000;
/** Whatever a guest sends: it is the guest's. */
const ITEMS_MAX = 100;

export type GuestItem = z.infer<typeof maintenanceItemSchema>;

const itemSchema = z.object({
  ...maintenanceItemSchema.shape,
  name: z.string().max(200),
  seconds: z.number().min(0).max(1e7),
  detail: z.string().max(2_000),
});
const answerSchema = z.object({
  /** none: it knows nothing of it. busy: another one runs. lost: it was ended by somebody else. */
  state: z.enum(['running', 'over', 'none', 'busy', 'lost']),
  items: z.array(itemSchema).max(ITEMS_MAX),
});

export type GuestAnswer =
  | { kind: 'told'; state: z.infer<typeof answerSchema>['state']; items: GuestItem[] }
  /** Its image has no such program. */
  | { kind: 'cannot'; reason: string }
  | { kind: 'fault'; reason: string };

export const NO_PROGRAM =
  'its image has no /usr/lib/orangery/maintenance: build it anew from its recipe, or take the program over from images/guest';

/**
 * Has the guest begin the maintenance of this id, look at it, or end it; `start` again for the same id only looks.
 * Throws `agentUnavailable`, `timedOut`, `hostUnreachable`.
 */
export async function askGuest(
  driver: HostDriver,
  machineId: string,
  ask: { verb: 'start'; id: string; limitMs: number } | { verb: 'look' | 'stop'; id: string },
  signal: AbortSignal,
): Promise<GuestAnswer> {
  const input = JSON.stringify(
    ask.verb === 'start' ? { id: ask.id, limitSeconds: Math.ceil(ask.limitMs / 1000) } : { id: ask.id },
  );
  const command = {
    path: '/usr/lib/orangery/maintenance',
    args: [ask.verb],
    input,
    timeoutMs: CALL_TIMEOUT_MS,
  };
  try {
    return answerOf(await driver.machines.exec(machineId, command, signal));
  } catch (error) {
    if (codeOf(error) === 'refused') return { kind: 'cannot', reason: NO_PROGRAM };
    throw error;
  }
}

/** The guest's word. */
export function answerOf({ exitCode, stdout }: { exitCode: number; stdout: string }): GuestAnswer {
  if (exitCode === 127) return { kind: 'cannot', reason: NO_PROGRAM };
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return { kind: 'fault', reason: `its guest answered nothing that is known, and ended with ${exitCode}` };
  }
  const parsed = answerSchema.safeParse(answer);
  if (parsed.success && exitCode === 0) return { kind: 'told', ...parsed.data };
  const told = z.object({ error: z.string() }).safeParse(answer);
  return {
    kind: 'fault',
    reason: told.success
      ? told.data.error.slice(0, 500)
      : `its guest answered nothing that is known, and ended with ${exitCode}`,
  };
}

/** What all of it together came to, in words where something is amiss. */
export function outcomeOf(items: readonly GuestItem[]): {
  outcome: 'done' | 'failed' | 'stopped';
  reason: string | null;
} {
  const failed = items.filter(({ outcome }) => outcome === 'failed');
  const cut = items.filter(({ outcome }) => outcome === 'cut' || outcome === 'running');
  if (failed.length > 0) {
    const words = failed.map(
      ({ name, detail, exitCode }) => `${name}: ${detail || `ended with ${exitCode}`}`,
    );
    return { outcome: 'failed', reason: words.join('; ').slice(0, 1_000) };
  }
  if (cut.length > 0)
    return { outcome: 'stopped', reason: `its time was over in ${cut.map(({ name }) => name).join(', ')}` };
  return { outcome: 'done', reason: null };
}
