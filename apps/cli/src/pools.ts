import { readFile } from 'node:fs/promises';
import { poolInput, poolUpdateInput } from '@orangery/contract';
import { OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { type Api, callerOf } from './api.ts';
import { poolNamed } from './names.ts';
import { demandLines } from './demand.ts';
import { merged, networkOf, parseSettings, type Settings, settingsOf } from './pool-settings.ts';
import { printTable } from './table.ts';

type Options = {
  json?: boolean;
  set?: string[];
  file?: string;
  open?: boolean;
  close?: string;
  imageVersion?: string;
  network?: string;
} & Record<string, unknown>;

/** The settings that are changed most often, as options of their own; all others by `--set`. */
const COMMON: readonly { flag: string; key: string; summary: string; number?: boolean }[] = [
  { flag: '--title <words>', key: 'title', summary: 'what people read on the tile' },
  { flag: '--description <words>', key: 'description', summary: 'one or two sentences below it' },
  { flag: '--cpus <count>', key: 'cpus', summary: 'of each machine', number: true },
  { flag: '--memory-mib <MiB>', key: 'memoryMib', summary: 'of each machine', number: true },
  { flag: '--ready-count <count>', key: 'readyCount', summary: 'machines that wait', number: true },
  { flag: '--machines-max <count>', key: 'machinesMax', summary: 'in use and ready together', number: true },
  { flag: '--profile-gib <GiB>', key: 'profileGib', summary: 'size of each person’s disk', number: true },
];

/** Verbs of pools that take more than an id. A pool is told by its name or its id. */
export function addPoolVerbs(pool: Command, stateOf: () => string): void {
  const call = callerOf(stateOf);
  const print = (json: boolean | undefined, answer: object, words: string): void =>
    void process.stdout.write(json === true ? `${JSON.stringify(answer, null, 2)}\n` : `${words}\n`);

  withSettings(
    pool
      .command('create <name> <image>')
      .description('makes a pool of an image')
      .option('--kind <kind>', 'pooled: a fresh machine each time; persistent: one’s own, kept'),
  ).action((name: string, image: string, options: Options) =>
    call(async (api) => {
      const kind = options['kind'] === undefined ? {} : { kind: options['kind'] };
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
      const settings = { title: name, timeZone, ...(await given(options)), ...kind, name, image };
      const made = await api.pools.create(checked(poolInput.safeParse(settings)));
      print(
        options.json,
        made,
        `${made.title} is made; let people in: ./orangery entitlement add ${name} USER`,
      );
    }),
  );

  pool
    .command('show <pool>')
    .description('one pool with all its settings')
    .option('--json', 'one JSON document')
    .action((name: string) =>
      call(async (api) => print(true, await api.pools.show({ id: await poolNamed(api, name) }), '')),
    );

  pool
    .command('failures <pool>')
    .description('its machines that failed, the latest first, and why')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const failures = await api.pools.failures({ id: await poolNamed(api, name) });
        if (json === true) return print(true, failures, '');
        printTable(
          failures.map(({ at, machine, host, version, wasReady, reason }) => ({
            at,
            machine,
            host: host ?? '',
            version: version ?? '',
            'was ready': wasReady ? 'yes' : 'no',
            reason,
          })),
          process.stdout,
        );
      }),
    );

  pool
    .command('demand <pool>')
    .description('how many machines it keeps ready through today, and what asks for them')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const demand = await api.pools.demand({ id: await poolNamed(api, name) });
        print(json, demand, demandLines(demand).join('\n'));
      }),
    );

  withSettings(
    pool
      .command('update <pool>')
      .description('changes what is given and leaves the rest')
      .option('--image-version <number>', 'keeps it on a version of its image, or "current" to follow')
      .option('--close <reason>', 'nobody begins a session; people read the reason')
      .option('--open', 'open again'),
  ).action((name: string, options: Options) =>
    call(async (api) => {
      const stays = Object.keys(settingsOf(options.set ?? [])).find((key) => !(key in poolUpdateInput.shape));
      if (stays !== undefined)
        throw new OrangeryError('badInput', `A pool's ${stays} stays: make a new pool`);
      const id = await poolNamed(api, name);
      const settings = {
        ...(await given(options)),
        ...(options.close === undefined ? {} : { closedReason: options.close }),
        ...(options.open === true ? { closedReason: null } : {}),
        ...(options.imageVersion === undefined
          ? {}
          : { imageVersionId: await versionOf(api, id, options.imageVersion) }),
      };
      const changed = await api.pools.update(checked(poolUpdateInput.safeParse({ ...settings, id })));
      print(options.json, changed, `${changed.title} is changed`);
    }),
  );

  pool
    .command('rollout <pool>')
    .description('how far a new version is; --retry tries one again that stopped, --back goes back')
    .option('--retry', 'tries it again, with one machine first')
    .option('--back', 'back to the version from before')
    .option('--json', 'one JSON document')
    .action((name: string, { json, retry, back }: { json?: boolean; retry?: boolean; back?: boolean }) =>
      call(async (api) => {
        const id = await poolNamed(api, name);
        if (retry === true) await api.pools.retryRollout({ id });
        if (back === true) await api.pools.rollBack({ id });
        const { rollout, versions } = await api.pools.show({ id });
        if (json === true) {
          print(true, { rollout, versions }, '');
          return;
        }
        const words =
          rollout === null
            ? 'no roll-out'
            : `version ${rollout.to.version}: ${rollout.phase}, wave ${rollout.wave}${rollout.reason === null ? '' : `\n${rollout.reason}`}`;
        process.stdout.write(`${words}\n`);
        printTable(
          versions.map(({ version, serves, ready, inUse, starting, off }) => ({
            version,
            'new sessions': serves ? 'yes' : '',
            ready,
            'in use': inUse,
            starting,
            off,
          })),
          process.stdout,
        );
      }),
    );

  pool
    .command('networks <pool>')
    .description('how each host has the network of a pool, and why it has not')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const { networks } = await api.pools.show({ id: await poolNamed(api, name) });
        if (json === true) return print(true, networks, '');
        printTable(
          networks.map((each) => ({
            host: each.host,
            name: each.name,
            state: each.phase,
            bridge: each.bridge ?? '',
            'host address': each.subnet ?? '',
            'room for': each.room ?? '',
            reason: each.reason ?? '',
          })),
          process.stdout,
        );
      }),
    );

  pool
    .command('delete <pool>')
    .description('ends a pool that nobody uses, with its machines')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const deleted = await api.pools.delete({ id: await poolNamed(api, name) });
        print(json, deleted, `${deleted.title} is deleted; its machines are taken away`);
      }),
    );
}

function withSettings(command: Command): Command {
  for (const { flag, summary } of COMMON) command.option(flag, summary);
  return command
    .option('--network <words>', 'nat, "routed 10.20.0.0/22", isolated, "bridge br0 vlan 20"; add neighbours')
    .option('--set <key=value...>', 'any setting, as "pool show" names it: cpuShares=200 hours=[…]')
    .option('--file <path>', 'settings as one JSON object, as "pool show" prints them')
    .option('--json', 'one JSON document');
}

async function given(options: Options): Promise<Settings> {
  const file =
    options.file === undefined ? {} : parseSettings(await readFile(options.file, 'utf8'), options.file);
  const common = COMMON.flatMap(({ key, number }) => {
    const value = options[key];
    return value === undefined ? [] : [[key, number === true ? Number(value) : value] as const];
  });
  const network = options.network === undefined ? {} : { network: networkOf(options.network) };
  return merged(file, settingsOf(options.set ?? []), Object.fromEntries(common), network);
}

type Parsed<T> =
  | { success: true; data: T }
  | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };

/** What the API would refuse is told before it is asked, each fault by its setting. */
function checked<T>(parsed: Parsed<T>): T {
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new OrangeryError('badInput', faults.join('; '));
}

async function versionOf(api: Api, poolId: string, wanted: string): Promise<string | null> {
  if (wanted === 'current') return null;
  const { image } = await api.pools.show({ id: poolId });
  const versions = (await api.images.list()).find(({ name }) => name === image)?.versions ?? [];
  const found = versions.find(({ id, version }) => id === wanted || String(version) === wanted);
  if (found !== undefined) return found.id;
  throw new OrangeryError('notFound', `${image} has no version ${wanted}`, {
    fix: `See all: ./orangery image versions ${image}`,
  });
}
