import { Argument, type Command } from 'commander';
import { bashCompletion } from './bash.ts';
import { placesOf } from './places.ts';
import { zshCompletion } from './zsh.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion } as const;

/** Once all commands are there: the command that prints what a shell wants to know of them. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('completes commands and options: source <(./orangery completion bash)')
    .addArgument(new Argument('<shell>', 'whose completion it is').choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) => {
      process.stdout.write(SHELLS[shell](placesOf(program)));
    });
}
