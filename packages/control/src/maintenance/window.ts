import { createHash } from 'node:crypto';
import type { maintenanceWindowSchema } from '@orangery/contract';
import type { z } from 'zod';
import { DAY_MS, instantOf, localDate } from '../local-time.ts';

export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>;
/** One time that a window is open, in milliseconds since 1970; `untilMs` no longer counts. */
export type Opening = { fromMs: number; untilMs: number };

export const MINUTE_MS = 60_000;

/** The opening that is now, if one is, and the next that begins later. Days are those on which it begins. */
export function openingsAt(
  window: MaintenanceWindow,
  nowMs: number,
): { now: Opening | undefined; next: Opening } {
  let now: Opening | undefined;
  for (let days = -2; days <= 8; days += 1) {
    const date = localDate(nowMs + days * DAY_MS, window.timeZone);
    if (!window.weekdays.includes(date.weekday)) continue;
    const fromMs = instantOf(date, window.fromMinute, window.timeZone);
    const opening = { fromMs, untilMs: fromMs + window.lastsMinutes * MINUTE_MS };
    if (fromMs > nowMs) return { now, next: opening };
    if (nowMs < opening.untilMs) now = opening;
  }
  throw new Error('a week has each of its days');
}

/** Two numbers in [0, 1) that only this machine has in this opening, whoever computes them. */
function lotsOf(machineId: string, { fromMs }: Opening): { order: number; jitter: number } {
  const digest = createHash('sha256').update(`${fromMs} ${machineId}`).digest();
  return { order: digest.readUIntBE(0, 6) / 2 ** 48, jitter: digest.readUIntBE(6, 6) / 2 ** 48 };
}

/**
 * When each machine's moment is. The opening, less the time that the work may take, is cut into as many slots as a host has
 * machines; lots give each its slot, and its place in it. So moments lie evenly on each host, never at round times, another
 * way each night, and every server finds the same.
 */
export function momentsOf(
  opening: Opening,
  workMs: number,
  machines: readonly { id: string; hostId: string }[],
): Map<string, number> {
  const roomMs = Math.max(0, opening.untilMs - opening.fromMs - workMs);
  const moments = new Map<string, number>();
  const byHost = Map.groupBy(machines, ({ hostId }) => hostId);
  for (const group of byHost.values()) {
    const lots = group
      .map(({ id }) => ({ id, ...lotsOf(id, opening) }))
      .toSorted((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
    for (const [slot, { id, jitter }] of lots.entries())
      moments.set(id, opening.fromMs + Math.floor(((slot + jitter) * roomMs) / lots.length));
  }
  return moments;
}
