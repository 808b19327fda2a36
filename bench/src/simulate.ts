import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { messageOf } from '@orangery/std';
import { documentOf } from './document.ts';
import { print } from './print.ts';
import { drawStorm } from './storm/drawing.ts';
import { shapes } from './storm/profile.ts';
import { rowsOf } from './storm/rows.ts';
import { defaults, simulate, type StormOptions } from './storm/storm.ts';

const { profile, delays } = defaults;

const number =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a number from ${least} to ${most}`);
  };
const count =
  (most: number) =>
  (text: string): number => {
    const value = number(1, most)(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError('a whole number');
  };

const program = new Command('simulate')
  .description(
    'Replays a morning: people log on through HTTPS at a server of its own, whose hosts and machines exist in libvirt’s test driver alone.',
  )
  .option('--people <number>', 'who come', count(100_000), profile.people)
  .option('--minutes <number>', 'from the first to the last', number(0.1, 1_440), profile.minutes)
  .addOption(new Option('--profile <shape>', 'how they come').choices(shapes).default(profile.shape))
  .option('--double-clicks <share>', 'who click twice', number(0, 1), profile.doubleClicks)
  .option('--leaving <share>', 'who log off again', number(0, 1), profile.leaving)
  .option('--stay <minutes>', 'how long those stay, on the average', number(0.1, 1_440), profile.stayMinutes)
  .option(
    '--speed <times>',
    'the morning and the hosts so many times as fast',
    number(0.1, 100),
    defaults.speed,
  )
  .option('--seed <number>', 'the same morning again', count(2 ** 31), defaults.seed)
  .option('--hosts <number>', 'hosts', count(200), defaults.hosts)
  .option('--host-cpus <number>', 'processors of each host', count(1_024), defaults.hostCpus)
  .option(
    '--starting-cpus <number>',
    'processors that a start keeps busy',
    number(0, 64),
    defaults.startingCpus,
  )
  .option(
    '--running-cpus <number>',
    'processors that a running machine keeps busy',
    number(0, 64),
    defaults.runningCpus,
  )
  .option('--pools <number>', 'pools that people come to, by turns', count(100), defaults.pools)
  .option(
    '--ready <number>',
    'machines kept ready, of all pools together',
    count(100_000),
    defaults.readyCount,
  )
  .option(
    '--machines <number>',
    'machines at most, of all pools together',
    count(200_000),
    defaults.machinesMax,
  )
  .option('--fork-ms <ms>', 'how long a host takes to fork a machine', number(0, 600_000), delays.forkMs)
  .option(
    '--guest-ms <ms>',
    'how long each of our programs takes in a guest',
    number(0, 600_000),
    delays.execMs,
  )
  .option('--picture <file>', 'draws the morning (SVG)')
  .option('--json', 'one JSON document', false)
  .action(async (given: Given) => {
    const storm = await simulate(optionsOf(given));
    if (given.picture !== undefined) await writeFile(given.picture, drawStorm(storm));
    const found = [
      ...storm.broken,
      ...storm.differences,
      ...[...storm.tally.errors].map(([what, times]) => `${times} × ${what}`),
    ];
    for (const each of found.slice(0, 20)) process.stderr.write(`  ${each}\n`);
    process.exitCode = print(documentOf('simulate', rowsOf(storm)), given.json);
  });

type Given = {
  people: number;
  minutes: number;
  profile: (typeof shapes)[number];
  doubleClicks: number;
  leaving: number;
  stay: number;
  speed: number;
  seed: number;
  hosts: number;
  hostCpus: number;
  startingCpus: number;
  runningCpus: number;
  pools: number;
  ready: number;
  machines: number;
  forkMs: number;
  guestMs: number;
  picture?: string;
  json: boolean;
};

/** As the product's. */
const POOL_MACHINES_MAX = 10_000;

function optionsOf(given: Given): StormOptions {
  if (Math.max(given.machines, given.ready) > given.pools * POOL_MACHINES_MAX) {
    program.error(
      `A pool has at most ${POOL_MACHINES_MAX} machines: for ${given.machines} machines, ${given.ready} of them ready, give --pools ${Math.ceil(Math.max(given.machines, given.ready) / POOL_MACHINES_MAX)} or more.`,
    );
  }
  return {
    ...defaults,
    profile: {
      people: given.people,
      minutes: given.minutes,
      shape: given.profile,
      doubleClicks: given.doubleClicks,
      leaving: given.leaving,
      stayMinutes: given.stay,
    },
    speed: given.speed,
    seed: given.seed,
    hosts: given.hosts,
    hostCpus: given.hostCpus,
    startingCpus: given.startingCpus,
    runningCpus: given.runningCpus,
    pools: given.pools,
    readyCount: given.ready,
    machinesMax: given.machines,
    delays: { ...delays, forkMs: given.forkMs, execMs: given.guestMs },
    onProgress: (line) => void process.stderr.write(`▸ ${line}\n`),
  };
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`✗ ${messageOf(error)}\n`);
  process.exitCode = 1;
}
process.exit();
