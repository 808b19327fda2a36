import { allOf } from '@orangery/contract';
import { readFile } from 'node:fs/promises';
import { OrangeryError } from '@orangery/std';
import type { Command } from 'commander';
import { callerOf } from './api.ts';
import { applicationNamed, poolNamed, principalNamed } from './names.ts';
import { print, printTable } from './table.ts';

type Options = { json?: boolean; title?: string; description?: string; icon?: string };

/** Verbs of applications; one is told by its name or its id. */
export function addApplicationVerbs(application: Command, stateOf: () => string): void {
  const call = callerOf(stateOf);
  const words = (command: Command): Command =>
    command
      .option('--title <words>', 'what people read on the tile')
      .option('--description <words>', 'a sentence about it')
      .option('--icon <file>', 'a PNG of at most 64 KiB in place of the program’s own')
      .option('--json', 'one JSON document');

  application
    .command('programs <pool>')
    .description('programs that the machines of a pool offer')
    .option('--json', 'one JSON document')
    .action((pool: string, { json }: Options) =>
      call(async (api) => {
        const programs = await api.applications.programs({ id: await poolNamed(api, pool) });
        if (json === true) print(json, programs, '');
        else
          printTable(
            programs.map(({ program, name, description }) => ({ program, name, description })),
            process.stdout,
          );
      }),
    );

  words(
    application
      .command('create <name> <pool> <program>')
      .description('publishes a program of a pool, as in: create browser office firefox-esr.desktop'),
  ).action((name: string, pool: string, program: string, options: Options) =>
    call(async (api) => {
      const poolId = await poolNamed(api, pool);
      const made = await api.applications.create({ name, poolId, program, ...(await given(options)) });
      print(
        options.json,
        made,
        `${made.title} is published; let people in: application allow ${name} E-MAIL`,
      );
    }),
  );

  words(application.command('update <application>').description('changes words and picture')).action(
    (name: string, options: Options) =>
      call(async (api) => {
        const id = await applicationNamed(api, name);
        const changed = await api.applications.update({ id, ...(await given(options)) });
        print(options.json, changed, `${changed.title} is changed`);
      }),
  );

  application
    .command('delete <application>')
    .description('takes it back from everybody; what is open goes on until it is closed')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const deleted = await api.applications.delete({ id: await applicationNamed(api, name) });
        print(json, deleted, `${deleted.title} is deleted`);
      }),
    );

  application
    .command('people <application>')
    .description('who may open it')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const id = await applicationNamed(api, name);
        const people = await allOf((page) => api.applications.people({ id, ...page }));
        if (json === true) print(json, people, '');
        else
          printTable(
            people.map(({ principal: { name, email, members } }) => ({
              name,
              is: members === null ? (email ?? '') : `group of ${members}`,
            })),
            process.stdout,
          );
      }),
    );

  application
    .command('allow <application> <who>')
    .description('lets a person (by e-mail or id) or a group (by its name or id) open it; again is harmless')
    .option('--json', 'one JSON document')
    .action((name: string, who: string, { json }: Options) =>
      call(async (api) => {
        const id = await applicationNamed(api, name);
        const added = await api.applications.entitle({ id, principalId: await principalNamed(api, who) });
        print(json, added, `${added.principal.name} may open ${added.application.title}`);
      }),
    );

  application
    .command('forbid <application> <who>')
    .description('takes it back from a person or a group; what is open goes on until it is left')
    .option('--json', 'one JSON document')
    .action((name: string, who: string, { json }: Options) =>
      call(async (api) => {
        const id = await applicationNamed(api, name);
        const principalId = await principalNamed(api, who);
        const people = await allOf((page) => api.applications.people({ id, ...page }));
        const entitlement = people.find(({ principal }) => principal.id === principalId);
        if (entitlement === undefined)
          throw new OrangeryError('notFound', `${who} may not open ${name}: there is nothing to take back`, {
            fix: `See who may: ./orangery application people ${name}`,
          });
        const removed = await api.applications.unentitle({ id: entitlement.id });
        print(json, removed, `${removed.principal.name} may open ${removed.application.title} no more`);
      }),
    );
}

async function given({ title, description, icon }: Options): Promise<object> {
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(icon === undefined ? {} : { icon: (await readFile(icon)).toString('base64') }),
  };
}
