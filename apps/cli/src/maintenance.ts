import { maintenanceWindowSchema } from '@orangery/contract';
import { OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { type Api, callerOf } from './api.ts';
import { poolNamed } from './names.ts';
import { minuteOf } from './storage.ts';
import { printTable, type Row } from './table.ts';

type PoolMaintenance = Awaited<ReturnType<Api['pools']['maintenance']>>;
type Maintenance = PoolMaintenance['asked'][number];
type Window = NonNullable<PoolMaintenance['window']>;
export type WindowOptions = {
  days?: string;
  from?: string;
  lasts?: string;
  timeZone?: string;
  atATime?: string;
  limit?: string;
  switchOn?: boolean;
};

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `pool maintenance`, `machine maintain` and `machine stop-maintenance`. */
export function addMaintenanceVerbs(pool: Command, machine: Command, stateOf: () => string): void {
  const call = callerOf(stateOf);

  pool
    .command('maintenance <pool>')
    .description('what was done in its maintenance window, and what is to come; or says when it is')
    .option('--days <days>', 'on which it begins: mon-fri, sat,sun, daily')
    .option('--from <HH:MM>', 'begins at')
    .option('--lasts <minutes>', 'how long it is; it may lie over midnight')
    .option('--time-zone <name>', 'of its beginning, as in Europe/Vienna')
    .option('--at-a-time <count>', 'machines at the same time, on each host')
    .option('--limit <minutes>', 'what the work of one machine may take')
    .option('--switch-on', 'machines that are off are switched on for it, and off again')
    .option('--no-switch-on', 'machines that are off are left alone')
    .option('--none', 'no window: nothing is done by itself')
    .option('--json', 'one JSON document')
    .action((name: string, { json, none, ...options }: WindowOptions & { json?: boolean; none?: boolean }) =>
      call(async (api) => {
        const id = await poolNamed(api, name);
        const before = await api.pools.maintenance({ id });
        const maintenance = none === true ? null : windowOf(options, before.window);
        if (maintenance !== undefined) await api.pools.update({ id, maintenance });
        const shown = maintenance === undefined ? before : await api.pools.maintenance({ id });
        if (json === true) process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
        else print(shown);
      }),
    );

  machine
    .command('maintain <id>')
    .description('runs the maintenance of a machine that is kept, now')
    .option('--json', 'one JSON document')
    .action((id: string, { json }: { json?: boolean }) =>
      call(async (api) => tell(await api.machines.maintain({ id }), json)),
    );

  machine
    .command('stop-maintenance <id>')
    .description('ends what waits for its moment or runs')
    .option('--json', 'one JSON document')
    .action((id: string, { json }: { json?: boolean }) =>
      call(async (api) => tell(await api.machines.stopMaintenance({ id }), json)),
    );
}

/** The window as it was, with what is given; undefined: nothing is. Throws `badInput`. */
export function windowOf(options: WindowOptions, before: Window | null): Window | undefined {
  if (Object.keys(options).length === 0) return undefined;
  const { days, from, lasts, timeZone, atATime, limit, switchOn } = options;
  if (before === null && (days === undefined || from === undefined || lasts === undefined)) {
    throw new OrangeryError('badInput', 'The pool has no window yet', {
      fix: 'Say when: --days mon-fri --from 22:00 --lasts 240',
    });
  }
  const parsed = maintenanceWindowSchema.safeParse({
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...before,
    ...(days === undefined ? {} : { weekdays: weekdaysOf(days) }),
    ...(from === undefined ? {} : { fromMinute: minuteOf(from) }),
    ...(lasts === undefined ? {} : { lastsMinutes: Number(lasts) }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(atATime === undefined ? {} : { atATime: Number(atATime) }),
    ...(limit === undefined ? {} : { limitMinutes: Number(limit) }),
    ...(switchOn === undefined ? {} : { switchesOn: switchOn }),
  });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new OrangeryError('badInput', faults.join('; '));
}

/** `mon-fri,sun` as numbers; 1 is Monday. Throws `badInput`. */
export function weekdaysOf(text: string): number[] {
  if (text === 'daily') return [1, 2, 3, 4, 5, 6, 7];
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const [first, last = first] = part.split('-').map((name) => DAYS.indexOf(name.trim().slice(0, 3)));
    if (first === undefined || last === undefined || first < 0 || last < 0) {
      throw new OrangeryError('badInput', `"${part}" is no day of the week`, {
        fix: 'As in mon-fri,sun, or daily.',
      });
    }
    // Over the end of the week, too: sat-mon.
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day + 1);
      if (day === last) break;
    }
  }
  return [...days].toSorted((a, b) => a - b);
}

const clockTime = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** The window in one line. */
export function windowWords(window: Window | null): string {
  if (window === null) return 'No maintenance window: nothing is done by itself.';
  const days =
    window.weekdays.length === 7 ? 'each day' : window.weekdays.map((day) => DAYS[day - 1]).join(', ');
  const off = window.switchesOn
    ? 'machines that are off are switched on for it'
    : 'machines that are off are left alone';
  return `Window: ${days} from ${clockTime(window.fromMinute)} for ${window.lastsMinutes} min (${window.timeZone}); ${window.atATime} at a time on each host, ${window.limitMinutes} min each at most; ${off}.`;
}

const rowOf = (each: Maintenance): Row => ({
  due: each.dueAt,
  machine: each.machine,
  host: each.host ?? '',
  owner: each.owner ?? '',
  state: each.outcome ?? each.phase,
  done: each.items.map(({ name, outcome }) => `${name} ${outcome}`).join(', '),
  reason: each.reason ?? '',
});

function print({ window, latest, next, asked }: PoolMaintenance): void {
  const { stdout } = process;
  stdout.write(`${windowWords(window)}\n`);
  if (latest !== null) {
    stdout.write(`\n${latest.open ? 'Now' : 'Last'}: ${latest.fromAt} to ${latest.untilAt}\n`);
    printTable(latest.machines.map(rowOf), stdout);
  }
  if (next !== null) {
    stdout.write(`\nNext: ${next.fromAt} to ${next.untilAt}\n`);
    printTable(
      next.machines.map(({ dueAt, machine, host, owner }) => ({
        due: dueAt,
        machine,
        host: host ?? '',
        owner: owner ?? '',
      })),
      stdout,
    );
  }
  if (asked.length > 0) {
    stdout.write('\nAsked for:\n');
    printTable(
      asked.map((each) => ({ ...rowOf(each), by: each.askedBy ?? '' })),
      stdout,
    );
  }
}

function tell(maintenance: Maintenance, json: boolean | undefined): void {
  const words = `${maintenance.machine}: ${maintenance.outcome ?? maintenance.phase}${maintenance.reason === null ? '' : `, ${maintenance.reason}`}`;
  process.stdout.write(json === true ? `${JSON.stringify(maintenance, null, 2)}\n` : `${words}\n`);
}
