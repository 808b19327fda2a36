import type { Maintenance, Pool, PoolMaintenance } from '../../../api/client.ts';
import { clockTime, DAY_MINUTES, minuteOf } from './week.ts';
import { whole } from './words.ts';

type Window = NonNullable<Pool['maintenance']>;

/** A window as it is typed. */
export type WindowValues = {
  on: boolean;
  weekdays: number[];
  from: string;
  until: string;
  timeZone: string;
  atATime: number | '';
  limitMinutes: number | '';
  switchesOn: boolean;
};

const AT_MOST_MINUTES = 1_380;

export function typedWindow(pool: Pick<Pool, 'maintenance' | 'timeZone'>): WindowValues {
  const window = pool.maintenance;
  const from = window?.fromMinute ?? 22 * 60;
  return {
    on: window !== null,
    weekdays: [...(window?.weekdays ?? [1, 2, 3, 4, 5])],
    from: clockTime(from),
    until: clockTime((from + (window?.lastsMinutes ?? 420)) % DAY_MINUTES),
    timeZone: window?.timeZone ?? pool.timeZone,
    atATime: window?.atATime ?? 1,
    limitMinutes: window?.limitMinutes ?? 60,
    switchesOn: window?.switchesOn ?? true,
  };
}

/** Minutes from one time of the day to the next such time; undefined where one is missing. */
export function lastsOf({ from, until }: Pick<WindowValues, 'from' | 'until'>): number | undefined {
  const [begins, ends] = [minuteOf(from), minuteOf(until)];
  return begins === undefined || ends === undefined ? undefined : (ends - begins + DAY_MINUTES) % DAY_MINUTES;
}

/** Null: no window. */
export function windowIn(values: WindowValues): Window | null {
  if (!values.on) return null;
  return {
    weekdays: values.weekdays,
    fromMinute: minuteOf(values.from) ?? 0,
    lastsMinutes: lastsOf(values) ?? 0,
    timeZone: values.timeZone,
    atATime: Number(values.atATime),
    limitMinutes: Number(values.limitMinutes),
    switchesOn: values.switchesOn,
  };
}

export function windowFaults(values: WindowValues): Record<string, string | null> {
  if (!values.on) return {};
  const lasts = lastsOf(values);
  const limit = whole(5, 720)(values.limitMinutes);
  return {
    weekdays: values.weekdays.length === 0 ? 'Choose a day' : null,
    from: minuteOf(values.from) === undefined ? 'A time' : null,
    until:
      minuteOf(values.until) === undefined
        ? 'A time'
        : lasts !== undefined && (lasts < 15 || lasts > AT_MOST_MINUTES)
          ? 'From a quarter of an hour to 23 hours later'
          : null,
    atATime: whole(1, 100)(values.atATime),
    limitMinutes:
      limit ??
      (lasts !== undefined && Number(values.limitMinutes) > lasts
        ? `The window lasts ${lasts} minutes`
        : null),
  };
}

export type Standing = 'planned' | 'waking' | 'running' | 'done' | 'failed' | 'skipped' | 'stopped';

export const standingOf = ({ phase, outcome }: Pick<Maintenance, 'phase' | 'outcome'>): Standing =>
  outcome ??
  (phase === 'planned' ? 'planned' : phase === 'waking' || phase === 'starting' ? 'waking' : 'running');

export const STANDINGS: Readonly<Record<Standing, string>> = {
  planned: 'to come',
  waking: 'beginning',
  running: 'running',
  done: 'done',
  failed: 'failed',
  skipped: 'left out',
  stopped: 'cut off',
};

/** How many stand where, what needs a look first: "1 failed, 2 left out, 14 done, 3 to come". */
export function countsOf(machines: readonly Maintenance[]): string {
  const order: readonly Standing[] = ['failed', 'stopped', 'skipped', 'running', 'waking', 'done', 'planned'];
  return order
    .map((standing) => [machines.filter((each) => standingOf(each) === standing).length, standing] as const)
    .filter(([count]) => count > 0)
    .map(([count, standing]) => `${count} ${STANDINGS[standing]}`)
    .join(', ');
}

type Opening = NonNullable<PoolMaintenance['next']>;

/** Where a machine's bar lies in the picture of a window, in percent of its width. */
export function barOf(
  { fromAt, untilAt }: Pick<Opening, 'fromAt' | 'untilAt'>,
  machine: Pick<Maintenance, 'dueAt' | 'startedAt' | 'endedAt'>,
  nowMs: number,
): { left: number; width: number } {
  const from = Date.parse(fromAt);
  const span = Date.parse(untilAt) - from;
  const percent = (at: number): number => Math.min(100, Math.max(0, ((at - from) / span) * 100));
  const left = percent(Date.parse(machine.startedAt ?? machine.dueAt));
  if (machine.startedAt === null) return { left, width: 0 };
  const right = percent(machine.endedAt === null ? nowMs : Date.parse(machine.endedAt));
  return { left, width: Math.max(0, right - left) };
}

/** Five times through a window, as its own place has them. */
export function ticksOf(
  { fromAt, untilAt }: Pick<Opening, 'fromAt' | 'untilAt'>,
  timeZone: string,
): string[] {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const from = Date.parse(fromAt);
  const span = Date.parse(untilAt) - from;
  return [0, 1, 2, 3, 4].map((quarter) => format.format(from + (span * quarter) / 4));
}

const NEEDS_A_LOOK: readonly Standing[] = ['failed', 'stopped', 'running', 'waking'];

/** So many of them, in the order of their moments: those that need a look before those that do not. */
export function shownFirst(machines: readonly Maintenance[], count: number): Maintenance[] {
  const first = machines.filter((each) => NEEDS_A_LOOK.includes(standingOf(each)));
  const rest = machines.filter((each) => !NEEDS_A_LOOK.includes(standingOf(each)));
  const chosen = new Set([...first, ...rest].slice(0, count));
  return machines.filter((each) => chosen.has(each));
}
