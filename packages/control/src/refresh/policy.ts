import type { refreshSchema } from '@orangery/contract';
import type { z } from 'zod';
import type { Packages } from '../context.ts';
import { DAY_MS, instantOf, localDate } from '../local-time.ts';

export type RefreshSchedule = z.infer<typeof refreshSchema>;

const MINUTE_MS = 60_000;

/**
 * The next time that a schedule names, in milliseconds since 1970, later than `afterMs`; undefined: it is off. A local
 * time that a change of the clocks leaves out is taken as far after midnight as it would have been.
 *
 * @param fraction in [0, 1): where in the jitter, so that not everything happens at the same moment
 */
export function nextRefresh(
  schedule: RefreshSchedule,
  afterMs: number,
  fraction: number,
): number | undefined {
  if (schedule.every === 'off') return undefined;
  const jitterMs = Math.floor(fraction * schedule.jitterMinutes * MINUTE_MS);
  for (let days = -1; days <= 8; days += 1) {
    const date = localDate(afterMs + days * DAY_MS, schedule.timeZone);
    if (schedule.every === 'weekly' && date.weekday !== schedule.weekday) continue;
    const atMs = instantOf(date, schedule.atMinute, schedule.timeZone);
    // The jitter lies behind it: what begun late does not begin twice.
    if (atMs > afterMs) return atMs + jitterMs;
  }
  throw new Error('a week has every day');
}

export type PackageChange = {
  name: string;
  from: string | undefined;
  to: string | undefined;
  security: boolean;
};

/** What differs, by name; what the security team published first. */
export function packageChanges(before: Packages, after: Packages): PackageChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .map((name) => ({
      name,
      from: before[name]?.version,
      to: after[name]?.version,
      security: after[name]?.security ?? false,
    }))
    .filter(({ from, to }) => from !== to)
    .toSorted((a, b) => Number(b.security) - Number(a.security));
}

const NOTES_MAX = 4_500;

/** The notes of a refreshed version, in words for administrators; as many packages by name as there is room for. */
export function refreshNotes(before: Packages | undefined, after: Packages): string {
  if (before === undefined)
    return `Refreshed. It is made of ${Object.keys(after).length} packages; what it was before is not known.`;
  const changes = packageChanges(before, after);
  const security = changes.filter((change) => change.security && change.to !== undefined).length;
  const head = `Refreshed: ${changes.length} ${changes.length === 1 ? 'package' : 'packages'} changed, ${security} for security.`;
  const lines = changes.map(({ name, from, to, security: isSecurity }) => {
    const mark = isSecurity && to !== undefined ? ' (security)' : '';
    if (from === undefined) return `+ ${name} ${to}${mark}`;
    return to === undefined ? `− ${name} ${from}` : `${name} ${from} → ${to}${mark}`;
  });
  let notes = head;
  for (const [index, line] of lines.entries()) {
    if (notes.length + line.length > NOTES_MAX) return `${notes}\n… and ${lines.length - index} more`;
    notes += `\n${line}`;
  }
  return notes;
}

export const isSame = (before: Packages | undefined, after: Packages): boolean =>
  before !== undefined && packageChanges(before, after).length === 0;
