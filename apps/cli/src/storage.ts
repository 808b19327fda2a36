import { dedupeInput } from '@orangery/contract';
import { OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { type Api, callerOf } from './api.ts';
import { printTable } from './table.ts';

type Storage = Awaited<ReturnType<Api['storage']['show']>>;
type Options = {
  json?: boolean;
  on?: boolean;
  off?: boolean;
  from?: string;
  until?: string;
  timeZone?: string;
  latency?: string;
};

/** Verbs of storage that take more than an id. Storage is told by its host's name or id. */
export function addStorageVerbs(storage: Command, stateOf: () => string): void {
  const call = callerOf(stateOf);

  storage
    .command('show <host>')
    .description('the storage of a host, and what storing equal content once gave back')
    .option('--json', 'one JSON document')
    .action((host: string, { json }: Options) =>
      call(async (api) => print(await api.storage.show({ id: await hostNamed(api, host) }), json)),
    );

  storage
    .command('dedupe <host>')
    .description('stores equal content once, now; or says when to')
    .option('--on', 'each day, in its time')
    .option('--off', 'only when somebody asks')
    .option('--from <HH:MM>', 'begins at')
    .option('--until <HH:MM>', 'ends at, wherever it is')
    .option('--time-zone <name>', 'of both, as in Europe/Vienna')
    .option('--latency <ms>', 'stands still while machines wait longer for their disks')
    .option('--json', 'one JSON document')
    .action((host: string, options: Options) =>
      call(async (api) => {
        const id = await hostNamed(api, host);
        const settings = settingsOf(options);
        if (Object.keys(settings).length === 0) return print(await api.storage.dedupe({ id }), options.json);
        const parsed = dedupeInput.safeParse({ ...settings, id });
        if (!parsed.success)
          throw new OrangeryError('badInput', parsed.error.issues[0]?.message ?? 'It fits no setting');
        print(await api.storage.update(parsed.data), options.json);
      }),
    );
}

function settingsOf(options: Options): Record<string, unknown> {
  const { on, off, from, until, timeZone, latency } = options;
  return {
    ...(on === true ? { enabled: true } : {}),
    ...(off === true ? { enabled: false } : {}),
    ...(from === undefined ? {} : { fromMinute: minuteOf(from) }),
    ...(until === undefined ? {} : { untilMinute: minuteOf(until) }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(latency === undefined ? {} : { latencyLimitMs: Number(latency) }),
  };
}

/** `02:30` in minutes since midnight. Throws `badInput`. */
export function minuteOf(text: string): number {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59)
    throw new OrangeryError('badInput', `"${text}" is no time of the day`, { fix: 'As in 02:30.' });
  return Number(hours) * 60 + Number(minutes);
}

async function hostNamed(api: Api, name: string): Promise<string> {
  const found = (await api.hosts.list()).find((host) => host.id === name || host.name === name);
  if (found !== undefined) return found.id;
  throw new OrangeryError('notFound', `There is no host ${name}`, { fix: 'See all: ./orangery host list' });
}

const clockTime = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const gib = (bytes: number | null): string => (bytes === null ? '' : `${(bytes / 2 ** 30).toFixed(2)} GiB`);

function print(storage: Storage, json: boolean | undefined): void {
  const { stdout } = process;
  if (json === true) {
    stdout.write(`${JSON.stringify(storage, null, 2)}\n`);
    return;
  }
  const { dedupe } = storage;
  stdout.write(
    `${storage.host}, ${storage.path}: ${gib(storage.availableBytes)} of ${gib(storage.capacityBytes)} free\n`,
  );
  if (dedupe.obstacle !== null) {
    stdout.write(`Equal content cannot be stored once here. ${dedupe.obstacle}\n`);
    return;
  }
  const times = `${clockTime(dedupe.fromMinute)} to ${clockTime(dedupe.untilMinute)} ${dedupe.timeZone}`;
  const when = dedupe.enabled
    ? `each day from ${times}, next ${dedupe.nextAt ?? 'now'}`
    : 'when somebody asks';
  stdout.write(
    `Equal content is stored once ${when}; stands still while machines wait more than ${dedupe.latencyLimitMs} ms. Gave back ${gib(dedupe.savedBytes)} so far.\n`,
  );
  printTable(
    dedupe.runs.map((run) => ({
      began: run.startedAt,
      ended: run.endedAt ?? '',
      outcome:
        run.outcome ?? `${run.progress?.step ?? 'runs'} ${Math.round((run.progress?.fraction ?? 0) * 100)} %`,
      before: gib(run.usedBefore),
      after: gib(run.usedAfter),
      reason: run.reason ?? run.progress?.detail ?? '',
    })),
    stdout,
  );
}
