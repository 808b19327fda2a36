import { resolve } from 'node:path';
import type { Command } from 'commander';

/** Options that may stand anywhere: before the noun, after it, or after the verb. */
const EVERYWHERE = [
  ['state', '--state <folder>', 'where everything is kept'],
  ['tenant', '--tenant <name>', 'the tenant that it is about, by its name or id (the first one)'],
] as const;

export type Chosen = {
  /** The folder, once a command runs. */
  stateOf: () => string;
  /** Name or id of the tenant, once a command runs; undefined: the first one. */
  tenantOf: () => string | undefined;
};

/** Lets `--state` and `--tenant` stand anywhere. What is nearest to the verb counts. */
export function addStateOption(
  program: Command,
  byDefault: { state: string; tenant: string | undefined },
): Chosen {
  let folder = byDefault.state;
  let { tenant } = byDefault;
  program.option('--state <folder>', 'where everything is kept (or ORANGERY_STATE)', byDefault.state);
  program.option('--tenant <name>', 'the tenant that it is about, by its name or id (or ORANGERY_TENANT)');
  program.hook('preAction', (_program, action) => {
    folder = given(action, 'state') ?? byDefault.state;
    tenant = given(action, 'tenant') ?? byDefault.tenant;
  });
  return { stateOf: () => resolve(folder), tenantOf: () => tenant };
}

/** Once all commands are there: each takes the options too. */
export function stateOptionEverywhere(program: Command): void {
  for (const command of program.commands) {
    for (const [, flag, summary] of EVERYWHERE) command.option(flag, summary);
    stateOptionEverywhere(command);
  }
}

function given(command: Command | null, name: (typeof EVERYWHERE)[number][0]): string | undefined {
  for (let each = command; each !== null; each = each.parent) {
    if (each.getOptionValueSource(name) === 'cli') return String(each.getOptionValue(name));
  }
  return undefined;
}
