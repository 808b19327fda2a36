import { allOf } from '@orangery/contract';
import { readFile } from 'node:fs/promises';
import type { Role } from '@orangery/contract';
import { OrangeryError } from '@orangery/std';
import { type Command, Option } from 'commander';
import { type Api, callerOf } from './api.ts';
import { type DirectoryOptions, settingsOf } from './directory-options.ts';
import { lossesInWords } from './losses.ts';
import { directoryNamed } from './names.ts';
import { print, printTable } from './table.ts';

type Common = { json?: boolean; yes?: boolean };
type Add = Common & DirectoryOptions & { title?: string; passwordFile: string; caFile?: string };

const collect = (value: string, before: string[] = []): string[] => [...before, value];
const read = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();

/** Verbs of directories, told by their name or id. */
export function addDirectoryVerbs(directory: Command, stateOf: () => string): void {
  const call = callerOf(stateOf);

  const add = directory
    .command('add <name>')
    .description('adds a directory; try it before with the same options: directory try')
    .option('--json', 'one JSON document');
  withOptions(add).action((name: string, options: Add) =>
    call(async (api) => {
      const made = await api.directories.create({
        name,
        title: options.title ?? name,
        settings: settingsOf(options, await caOf(options)),
        secret: await read(options.passwordFile),
      });
      print(options.json, made, `${made.title} is there; its people can sign in`);
    }),
  );

  const look = directory
    .command('try')
    .description('looks into a directory that is not there yet, step by step')
    .option('--login <name>', 'somebody who should be found')
    .option('--json', 'one JSON document');
  withOptions(look).action((options: Add & { login?: string }) =>
    call(async (api) =>
      tell(
        options,
        await api.directories.test({
          settings: settingsOf(options, await caOf(options)),
          secret: await read(options.passwordFile),
          login: options.login ?? '',
        }),
      ),
    ),
  );

  directory
    .command('test <directory>')
    .description('looks into a directory, step by step')
    .option('--login <name>', 'somebody who should be found')
    .option('--json', 'one JSON document')
    .action((name: string, options: Common & { login?: string }) =>
      call(async (api) => {
        const id = await directoryNamed(api, name);
        const { settings } = await api.directories.show({ id });
        tell(options, await api.directories.test({ id, settings, login: options.login ?? '' }));
      }),
    );

  directory
    .command('rm <directory>')
    .description('takes a directory away: its people are signed out and its groups go. Wants --yes')
    .option('--yes', 'that is meant')
    .option('--json', 'one JSON document')
    .action((name: string, { json, yes }: Common) =>
      call(async (api) => {
        const id = await directoryNamed(api, name);
        const { people, groups, title } = await api.directories.show({ id });
        if (yes !== true)
          throw new OrangeryError(
            'wouldLose',
            `${people} people of ${title} could not sign in any more, and ${groups} groups would go with what they may use`,
            { fix: 'If that is meant: add --yes' },
          );
        print(json, await api.directories.remove({ id }), `${title} is taken away; files and machines stay`);
      }),
    );

  addGroups(directory, call);
  addRoles(directory, call);
}

type Call = ReturnType<typeof callerOf>;

function addGroups(directory: Command, call: Call): void {
  const group = directory.command('group').description('which of its groups can be let in');
  group
    .command('find <directory> [text]')
    .description('groups that the directory has now; at most 100')
    .option('--json', 'one JSON document')
    .action((name: string, text: string | undefined, { json }: Common) =>
      call(async (api) => {
        const id = await directoryNamed(api, name);
        const found = await api.directories.findGroups({
          id,
          ...(text === undefined ? {} : { search: text }),
        });
        if (json === true) return print(json, found, '');
        printTable(
          found.map((each) => ({
            name: each.name,
            here: each.groupId === null ? '' : 'yes',
            place: each.place,
          })),
          process.stdout,
        );
      }),
    );
  group
    .command('add <directory> <group>')
    .description('takes one in, by its name there (or the claim’s value): then entitlement add POOL GROUP')
    .option('--json', 'one JSON document')
    .action((name: string, wanted: string, { json }: Common) =>
      call(async (api) => {
        const id = await directoryNamed(api, name);
        const { id: external, name: called } = await groupThere(api, id, wanted);
        const made = await api.directories.addGroup({ id, external, name: called });
        print(json, made, `${made.name} is here; let it in: ./orangery entitlement add POOL "${made.name}"`);
      }),
    );
  group
    .command('rm <directory> <group>')
    .description('takes one out again; tells first who would lose what, and then wants --yes')
    .option('--yes', 'what is lost is meant')
    .option('--json', 'one JSON document')
    .action((name: string, wanted: string, { json, yes }: Common) =>
      call(async (api) => {
        const id = await directoryNamed(api, name);
        const { name: source } = await api.directories.show({ id });
        const groups = await allOf((page) => api.groups.list({ search: wanted, ...page }));
        const group = groups.find(
          (each) => each.source === source && each.name.toLowerCase() === wanted.toLowerCase(),
        );
        if (group === undefined)
          throw new OrangeryError('notFound', `No group "${wanted}" of ${name} is here`, {
            fix: 'See all: ./orangery group list',
          });
        const losses = await api.groups.losses({ id: group.id });
        if (losses.count > 0 && yes !== true)
          throw new OrangeryError('wouldLose', lossesInWords(losses), { fix: 'If that is meant: add --yes' });
        const out = await api.directories.removeGroup({ id, groupId: group.id });
        print(json, out, `${out.name} is here no more`);
      }),
    );
}

function addRoles(directory: Command, call: Call): void {
  const role = directory.command('role').description('which of its groups give a role');
  const change = (verb: 'add' | 'rm', what: string): Command =>
    role
      .command(`${verb} <directory> <group>${verb === 'add' ? ' <role>' : ''}`)
      .description(what)
      .option('--json', 'one JSON document');
  change(
    'add',
    'members of the group have the role from their next sign-in on: helpdesk, poolManager, administrator, auditor, operator',
  ).action((name: string, wanted: string, given: Role, { json }: Common) =>
    call(async (api) => {
      const id = await directoryNamed(api, name);
      const { title, enabled, settings } = await api.directories.show({ id });
      const group = await groupThere(api, id, wanted);
      const roles = [
        ...settings.roles.filter((rule) => rule.group.id !== group.id),
        { group: { id: group.id, name: group.name }, role: given },
      ];
      const shown = await api.directories.update({ id, title, enabled, settings: { ...settings, roles } });
      print(json, shown, `members of ${group.name} have the role ${given}`);
    }),
  );
  change('rm', 'the group gives no role any more').action((name: string, wanted: string, { json }: Common) =>
    call(async (api) => {
      const id = await directoryNamed(api, name);
      const { title, enabled, settings } = await api.directories.show({ id });
      const roles = settings.roles.filter((rule) => rule.group.name !== wanted && rule.group.id !== wanted);
      const shown = await api.directories.update({ id, title, enabled, settings: { ...settings, roles } });
      print(json, shown, `${wanted} gives no role`);
    }),
  );
}

/** A group as the directory has it; of a provider, which tells none, the one that is named. */
async function groupThere(api: Api, id: string, wanted: string): Promise<{ id: string; name: string }> {
  const { settings } = await api.directories.show({ id });
  if (settings.kind === 'openIdConnect') return { id: wanted, name: wanted };
  const found = (await api.directories.findGroups({ id, search: wanted })).filter(
    (each) =>
      each.name.toLowerCase() === wanted.toLowerCase() || each.place.toLowerCase() === wanted.toLowerCase(),
  );
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new OrangeryError(
      'notFound',
      one === undefined ? `The directory has no group "${wanted}"` : `Several groups are called "${wanted}"`,
      { fix: `See those there are: ./orangery directory group find ${id} "${wanted}"` },
    );
  return one;
}

function tell({ json }: Common, answer: Awaited<ReturnType<Api['directories']['test']>>): void {
  const { steps, person } = answer;
  const lines = steps.map(({ step, ok, detail }) => `${ok ? '✓' : '✗'} ${step}: ${detail}`);
  if (person !== null)
    lines.push(
      `${person.name} (${person.login}, ${person.email ?? 'no e-mail'}), roles: ${person.roles.join(', ') || 'none'}`,
      `groups: ${person.groups.join(', ') || 'none'}`,
    );
  print(json, answer, lines.join('\n'));
  if (steps.some(({ ok }) => !ok)) process.exitCode = 1;
}

const caOf = ({ caFile }: Add): Promise<string> =>
  caFile === undefined ? Promise.resolve('') : read(caFile);

function withOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--kind <kind>', 'what it is').choices(['ad', 'ldap', 'oidc']).makeOptionMandatory(),
    )
    .requiredOption('--password-file <file>', 'of its account or client; /dev/stdin to type it')
    .option('--title <words>', 'what people know it by')
    .option('--ca-file <file>', 'the authority of its certificate, as PEM')
    .option('--server <host[:port]>', 'ad, ldap: where it is; several are asked in this order', collect)
    .addOption(
      new Option('--security <kind>', 'ad, ldap: how it is encrypted')
        .choices(['ldaps', 'starttls', 'none'])
        .default('ldaps'),
    )
    .option('--account <dn>', 'ad, ldap: the account that looks')
    .option('--base <dn>', 'ad, ldap: below it people are')
    .option('--group-base <dn>', 'ad, ldap: below it groups are')
    .option('--filter <filter>', 'ad, ldap: who may sign in')
    .option('--guesses <number>', 'ad, ldap: wrong passwords that are passed on: fewer than it locks at (4)')
    .option('--guesses-minutes <number>', 'ad, ldap: until so long without one, as the directory counts (30)')
    .option('--change', 'ad, ldap: people change their password here')
    .option('--reset', 'ad, ldap: who forgot it chooses a new one by a mail')
    .option('--issuer <https://…>', 'oidc: the provider')
    .option('--client <id>', 'oidc: what it calls this Orangery')
    .option('--groups-claim <name>', 'oidc: what names a person’s groups (groups)');
}
