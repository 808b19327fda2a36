import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { codeOf, messageOf, OrangeryError, systemClock } from '@orangery/std';
import { lookInto } from './api.ts';
import { parseAddress, type SshAddress } from './address.ts';
import { remoteDoctor } from './doctor/remote.ts';
import { doctor } from './doctor/doctor.ts';
import type { Finding } from './doctor/finding.ts';
import { addAuditVerbs } from './audit.ts';
import { addCompletion } from './completion/completion.ts';
import { addQuotaVerbs } from './quotas.ts';
import { addTenantVerbs } from './tenants.ts';
import { addPeopleVerbs } from './people.ts';
import { addApplicationVerbs } from './applications.ts';
import { addDirectoryVerbs } from './directories.ts';
import { addEntitlementVerbs } from './entitlements.ts';
import { addGroupVerbs } from './groups.ts';
import { addHostVerbs } from './hosts.ts';
import { addImageVerbs } from './images.ts';
import { addMaintenanceVerbs } from './maintenance.ts';
import { addNouns } from './nouns.ts';
import { addPoolVerbs } from './pools.ts';
import { addSessionVerbs } from './sessions.ts';
import { passThrough } from './run.ts';
import { showStatus } from './status.ts';
import { addStorageVerbs } from './storage.ts';
import { addStateOption, stateOptionEverywhere } from './state-option.ts';
import { installTestPackages, runTests } from './test.ts';
import { down } from './up/down.ts';
import { up } from './up/up.ts';

const BENCH = fileURLToPath(new URL('../../../bench/src/main.ts', import.meta.url));
const SIMULATE = fileURLToPath(new URL('../../../bench/src/simulate.ts', import.meta.url));
const DEFAULT_STATE = '/var/lib/orangery';

const program = new Command('orangery')
  .description('Desktop broker, hypervisor manager and backup in one')
  .showHelpAfterError()
  .enablePositionalOptions();

const { stateOf, tenantOf } = addStateOption(program, {
  state: process.env['ORANGERY_STATE'] ?? DEFAULT_STATE,
  tenant: process.env['ORANGERY_TENANT'],
});
lookInto(tenantOf);

program
  .command('up')
  .description('installs what is missing, starts everything, prints the address and a one-time setup link')
  .option('--port <number>', 'HTTPS port (default: 8443, or the next free one)', port)
  .option('--image <names>', 'recipes of images to offer, separated by commas (debian-xfce at first)')
  .action(({ port, image }: { port?: number; image?: string }) =>
    up(
      {
        stateFolder: stateOf(),
        port,
        databaseUrl: process.env['DATABASE_URL'],
        recipes: image?.split(','),
        env: process.env,
      },
      systemClock,
      process.stdout,
    ),
  );

program
  .command('down')
  .description('stops exactly what "up" started')
  .option('--purge', 'also deletes all disks, networks and the state folder', false)
  .action(({ purge }: { purge: boolean }) =>
    down(
      {
        stateFolder: stateOf(),
        purge,
        databaseUrl: process.env['DATABASE_URL'],
        env: process.env,
      },
      systemClock,
      process.stdout,
    ),
  );

program
  .command('status')
  .description('whether everything is all right, and if not, what to do')
  .option('--json', 'one JSON document')
  .action(({ json = false }: { json?: boolean }) => showStatus(stateOf(), json, process.stdout));

program
  .command('doctor')
  .description('finds what is wrong with this machine, or with a host over SSH, and tells the exact fix')
  .option('--json', 'one JSON document')
  .option('--host <user@host[:port]>', 'looks at the account on that host', parseAddress)
  .option('--key <file>', 'private key for --host')
  .option('--host-key <SHA256:…>', 'the key that the host must show')
  .action(async (options: { json?: boolean; host?: SshAddress; key?: string; hostKey?: string }) => {
    const { json = false, host: address, key: keyFile, hostKey } = options;
    const onFinding = json
      ? () => {}
      : (finding: Finding): void => void process.stdout.write(describeFinding(finding));
    if (address !== undefined && keyFile === undefined) program.error('--host needs --key');
    const findings =
      address === undefined || keyFile === undefined
        ? await doctor({ stateFolder: stateOf(), onFinding }, systemClock)
        : await remoteDoctor({ address, keyFile, hostKey, onFinding });
    if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    process.exitCode = findings.some((finding) => !finding.ok && finding.grave) ? 1 : 0;
  });

program
  .command('test')
  .description('the whole test suite')
  .option('--long', 'also what takes hours: all kill points, guests that boot once more, fairness')
  .allowUnknownOption()
  .argument('[filters...]', 'only test files whose path holds one of these')
  .action(async (filters: string[], { long = false }: { long?: boolean }) => {
    process.exitCode = await runTests({ filters, long, env: process.env });
  });

program
  .command('bench')
  .description(
    'a figure of the product beside its peer: desktop, pool, broker, storm, web, display, rpc, gateway',
  )
  .argument('<name>')
  .option('--json', 'one JSON document')
  .action(async (name: string, { json = false }: { json?: boolean }) => {
    await installTestPackages();
    const args = [BENCH, name, ...(json ? ['--json'] : [])];
    process.exitCode = await passThrough(process.execPath, args);
  });

program
  .command('simulate')
  .description(
    'replays a morning of many people on hosts that are simulated; --help tells what can be chosen',
  )
  .allowUnknownOption()
  .helpOption(false)
  .argument('[options...]')
  .action(async (options: string[]) => {
    process.exitCode = await passThrough(process.execPath, [SIMULATE, ...options]);
  });

const nouns = addNouns(program, stateOf);
addHostVerbs(nouns('host'), stateOf);
addEntitlementVerbs(nouns('entitlement'), stateOf);
addGroupVerbs(nouns, stateOf);
addDirectoryVerbs(nouns('directory'), stateOf);
addImageVerbs(nouns('image'), stateOf);
addPoolVerbs(nouns('pool'), stateOf);
addMaintenanceVerbs(nouns('pool'), nouns('machine'), stateOf);
addStorageVerbs(nouns('storage'), stateOf);
addApplicationVerbs(nouns('application'), stateOf);
addSessionVerbs(nouns, stateOf);
addPeopleVerbs(program, nouns, stateOf);
addTenantVerbs(nouns, stateOf);
addQuotaVerbs(nouns('quota'), stateOf);
addAuditVerbs(nouns, stateOf);
addCompletion(program);
stateOptionEverywhere(program);

function describeFinding(finding: Finding): string {
  if (finding.ok) return `✓ ${finding.check}: ${finding.what}\n`;
  const mark = finding.grave ? '✗' : '!';
  return `${mark} ${finding.check}: ${finding.what}\n    why: ${finding.why}\n    fix: ${finding.fix}\n`;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('a number from 1 to 65535');
  return value;
}

try {
  await program.parseAsync();
} catch (error) {
  const cause = error instanceof Error ? codeOf(error.cause) : undefined;
  const away = codeOf(error) === 'ENOENT' || cause === 'ENOENT' || cause === 'ECONNREFUSED';
  process.stderr.write(`\n✗ ${away ? `No server runs for ${stateOf()}` : messageOf(error)}\n`);
  const fix = away ? 'Start it: ./orangery up' : error instanceof OrangeryError ? error.fix : undefined;
  if (fix !== undefined) process.stderr.write(`  ${fix}\n`);
  process.exitCode = 1;
}
