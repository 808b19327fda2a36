import type { QuotaLimits, Resource } from '@orangery/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { callerOf } from './api.ts';
import { principalNamed } from './names.ts';
import { print } from './table.ts';

/** What each is called on the command line. */
const RESOURCES: readonly { resource: Resource; word: string; what: string }[] = [
  { resource: 'sessions', word: 'sessions', what: 'open sessions' },
  { resource: 'machines', word: 'machines', what: 'machines' },
  { resource: 'vcpus', word: 'vcpus', what: 'vCPUs' },
  { resource: 'memoryMib', word: 'memory', what: 'MiB of memory' },
  { resource: 'diskGib', word: 'disk', what: 'GiB of disk' },
];

/** "3/10" of each: used of allowed; "10" where it is different for each person; "" where nothing is limited. */
export function quotaInWords(
  limits: QuotaLimits,
  used: Readonly<Record<Resource, number>> | null,
): Record<string, string> {
  return Object.fromEntries(
    RESOURCES.map(({ resource, word }) => {
      const max = limits[resource];
      return [word, max === null ? '' : used === null ? String(max) : `${used[resource]}/${max}`];
    }),
  );
}

export function limitOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('a whole number from 0 on');
  return value;
}

/** Setting quotas. */
export function addQuotaVerbs(quota: Command, stateOf: () => string): void {
  const call = callerOf(stateOf);
  const set = quota
    .command('set <whom>')
    .description(
      'limits the whole tenant ("tenant"), each person who has no quota of their own ("each"), a person (by e-mail or id) or a group (by its name or id); what is not given is not limited',
    )
    .option('--json', 'one JSON document');
  for (const { word, what } of RESOURCES)
    set.option(`--${word} <number>`, `at most so many ${what}`, limitOf);
  set.action((whom: string, { json, ...given }: { json?: boolean } & Record<string, number | boolean>) =>
    call(async (api) => {
      const limits = Object.fromEntries(
        RESOURCES.flatMap(({ resource, word }) => {
          const value = given[word];
          return typeof value === 'number' ? [[resource, value]] : [];
        }),
      );
      const of =
        whom === 'tenant' || whom === 'each'
          ? ({ scope: whom } as const)
          : { principalId: await principalNamed(api, whom) };
      const made = await api.quotas.set({ ...of, limits });
      const words = Object.entries(quotaInWords(made.limits, made.used)).flatMap(([word, text]) =>
        text === '' ? [] : [`${word} ${text}`],
      );
      print(json, made, `${whom}: ${words.length === 0 ? 'not limited' : words.join(', ')}`);
    }),
  );
}
