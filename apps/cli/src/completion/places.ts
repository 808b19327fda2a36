import type { Command, Option } from 'commander';

/** A command, by the words that lead to it, with what may be written there. */
export type Place = {
  /** Without the program's own name: empty, or as in `pool create`. */
  path: string;
  /** And what its first argument may be, where that is known. */
  commands: { name: string; about: string }[];
  options: Flag[];
};
export type Flag = {
  name: string;
  about: string;
  /** What it takes: nothing, one of these, or (none named) whatever somebody writes, as a file's name. */
  takes: undefined | readonly string[];
};

/** Every place of the command line, in its order. It is read from the commands themselves: nothing is told twice. */
export function placesOf(command: Command, path = ''): Place[] {
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command);
  const place: Place = {
    path,
    commands: [
      ...subcommands.map((each) => ({ name: each.name(), about: each.description() })),
      ...(command.registeredArguments[0]?.argChoices ?? []).map((name) => ({ name, about: '' })),
    ],
    options: help.visibleOptions(command).flatMap(flagsOf),
  };
  const within = subcommands.flatMap((each) => placesOf(each, `${path} ${each.name()}`.trim()));
  return [place, ...within];
}

function flagsOf({ short, long, description, required, optional, argChoices }: Option): Flag[] {
  return [short, long]
    .filter((name) => name !== undefined)
    .map((name) => ({
      name,
      about: description,
      takes: required || optional ? (argChoices ?? []) : undefined,
    }));
}

/** A word as a shell reads it: itself, whatever is in it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export const namesOf = (all: readonly { name: string }[]): string => all.map(({ name }) => name).join(' ');

/** Flags that take something, and what, as branches of a shell's `case` on the place and the flag. */
export function choicesOf(places: readonly Place[]): string {
  return places
    .flatMap(({ path, options }) =>
      options
        .filter(({ takes }) => takes !== undefined && takes.length > 0)
        .map(
          ({ name, takes = [] }) =>
            `    ${quoted(`${path} ${name}`.trim())}) choices=${quoted(takes.join(' '))} ;;`,
        ),
    )
    .join('\n');
}

export const valuedOf = ({ options }: Place): string =>
  namesOf(options.filter(({ takes }) => takes !== undefined));
