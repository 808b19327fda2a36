import type { Api } from './api.ts';

type Demand = Awaited<ReturnType<Api['pools']['demand']>>;

const BAR_WIDTH = 30;

/** A pool's day as lines: one for each time from which another number is kept ready, and what is kept now. */
export function demandLines({ timeZone, slots, now }: Demand): string[] {
  const most = Math.max(1, ...slots.map(({ readyCount }) => readyCount));
  const changes = slots.filter((slot, at) => {
    const before = slots[at - 1];
    return before === undefined || before.readyCount !== slot.readyCount;
  });
  const width = String(most).length;
  return [
    `Now: ${now.readyCount} ready, ${now.reason}. Times are of ${timeZone}.`,
    ...changes.map(({ fromMinute, readyCount, reason }) => {
      const time = `${pad(Math.floor(fromMinute / 60))}:${pad(fromMinute % 60)}`;
      const bar = '█'.repeat(Math.round((readyCount / most) * BAR_WIDTH));
      return `${time}  ${String(readyCount).padStart(width)} ${bar.padEnd(BAR_WIDTH)} ${reason}`;
    }),
  ];
}

const pad = (part: number): string => String(part).padStart(2, '0');
