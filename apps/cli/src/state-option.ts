import { resolve } from 'node:path';
import type { Command } from 'commander';

/**
 * Lets `--state` stand anywhere: before the noun, after it, or after the verb. What is nearest to the verb counts.
 * Returns the folder, once a command runs.
 */
export function addStateOption(program: Command, byDefault: string): () => string {
  let folder = byDefault;
  program.option('--state <folder>', 'where everything is kept (or ORANGERY_STATE)', byDefault);
  program.hook('preAction', (_program, action) => {
    folder = given(action) ?? byDefault;
  });
  return () => resolve(folder);
}

/** Once all commands are there: each takes the option too. */
export function stateOptionEverywhere(program: Command): void {
  for (const command of program.commands) {
    command.option('--state <folder>', 'where everything is kept');
    stateOptionEverywhere(command);
  }
}

function given(command: Command | null): string | undefined {
  for (let each = command; each !== null; each = each.parent) {
    if (each.getOptionValueSource('state') === 'cli') return String(each.getOptionValue('state'));
  }
  return undefined;
}
