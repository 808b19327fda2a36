import { allOf } from '@orangery/contract';
import { codeOf, OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { callerOf } from './api.ts';
import { type Losses, lossesInWords } from './losses.ts';
import { groupNamed, userNamed } from './names.ts';
import { print, printTable, type Row } from './table.ts';

type Options = { json?: boolean; yes?: boolean; search?: string };

/** Tells what is lost, and goes on only where nothing is, or that is meant. */
function requireMeant(losses: Losses, yes: boolean | undefined): void {
  if (yes === true || losses.count === 0) return;
  throw new OrangeryError('wouldLose', lossesInWords(losses), { fix: 'If that is meant: add --yes' });
}

/** Verbs of groups, told by their name or id, and what a person may use. */
export function addGroupVerbs(nouns: (name: string) => Command, stateOf: () => string): void {
  const group = nouns('group');
  const call = callerOf(stateOf);
  group
    .command('show <group>')
    .description('what it may use, and how many are in it')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const id = await groupNamed(api, name);
        const [shown, access] = [await api.groups.show({ id }), await api.groups.access({ id })];
        const titles = (list: readonly { title: string }[]): string =>
          list.length === 0 ? 'none' : list.map(({ title }) => title).join(', ');
        print(
          json,
          { ...shown, access },
          [
            `${shown.name}: ${shown.members} ${shown.members === 1 ? 'member' : 'members'}`,
            `desktops: ${titles(access.desktops)}`,
            `applications: ${titles(access.applications)}`,
          ].join('\n'),
        );
      }),
    );

  group
    .command('add <name>')
    .description('makes a group')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const made = await api.groups.create({ name });
        print(json, made, `${made.name} is made; put people into it: group member add "${made.name}" E-MAIL`);
      }),
    );

  group
    .command('rename <group> <name>')
    .description('gives it another name; what it may use stays')
    .option('--json', 'one JSON document')
    .action((old: string, name: string, { json }: Options) =>
      call(async (api) => {
        const renamed = await api.groups.rename({ id: await groupNamed(api, old), name });
        print(json, renamed, `${old} is called ${renamed.name} now`);
      }),
    );

  group
    .command('rm <group>')
    .description('deletes a group; tells first who would lose what, and then wants --yes. Its people stay')
    .option('--yes', 'what is lost is meant')
    .option('--json', 'one JSON document')
    .action((name: string, { json, yes }: Options) =>
      call(async (api) => {
        const id = await groupNamed(api, name);
        requireMeant(await api.groups.losses({ id }), yes);
        const deleted = await api.groups.delete({ id });
        print(json, deleted, `${deleted.name} is deleted; its people stay`);
      }),
    );

  const member = group.command('member').description('who is in a group');
  member
    .command('list <group>')
    .description('at most 500, by name')
    .option('--search <text>', 'only those with this in their name or e-mail address')
    .option('--json', 'one JSON document')
    .action((name: string, { json, search }: Options) =>
      call(async (api) => {
        const id = await groupNamed(api, name);
        const members = await allOf((page) =>
          api.groups.members({ id, ...page, ...(search === undefined ? {} : { search }) }),
        );
        if (json === true) print(json, members, '');
        else
          printTable(
            members.map(({ name, email, since }) => ({ name, email: email ?? '', since })),
            process.stdout,
          );
      }),
    );

  member
    .command('add <group> <users...>')
    .description('puts people (by e-mail or id) into a group; again is harmless')
    .option('--json', 'one JSON document')
    .action((name: string, users: string[], { json }: Options) =>
      call(async (api) => {
        const id = await groupNamed(api, name);
        // All are looked up before the first is put in: a name that is mistyped changes nothing.
        const people: string[] = [];
        for (const user of users) people.push(await userNamed(api, user));
        const added = [];
        for (const personId of people) added.push(await api.groups.addMember({ id, personId }));
        print(json, added, added.map((person) => `${person.name} is in ${name}`).join('\n'));
      }),
    );

  member
    .command('rm <group> <user>')
    .description('takes a person out; tells first what they would lose, and then wants --yes')
    .option('--yes', 'what is lost is meant')
    .option('--json', 'one JSON document')
    .action((name: string, user: string, { json, yes }: Options) =>
      call(async (api) => {
        const id = await groupNamed(api, name);
        const personId = await userNamed(api, user);
        const losses = await api.groups.losses({ id, personId }).catch((error: unknown) => {
          if (codeOf(error) !== 'NOT_FOUND') throw error;
          throw new OrangeryError('notFound', `${user} is not in ${name}: there is nobody to take out`, {
            fix: `See who is: ./orangery group member list "${name}"`,
          });
        });
        requireMeant(losses, yes);
        const removed = await api.groups.removeMember({ id, personId });
        print(json, removed, `${removed.name} is in ${name} no more`);
      }),
    );

  nouns('user')
    .command('access <user>')
    .description('what a person (by e-mail or id) may use: by themselves, and through which groups')
    .option('--json', 'one JSON document')
    .action((user: string, { json }: Options) =>
      call(async (api) => {
        const access = await api.users.access({ id: await userNamed(api, user) });
        if (json === true) return print(json, access, '');
        const rows = (kind: string, list: typeof access.desktops): Row[] =>
          list.map(({ title, entitlementId, groups }) => ({
            kind,
            title,
            through: [
              ...(entitlementId === null ? [] : ['themselves']),
              ...groups.map(({ name }) => name),
            ].join(', '),
          }));
        printTable(
          [...rows('desktop', access.desktops), ...rows('application', access.applications)],
          process.stdout,
        );
      }),
    );
}
