import { readFile } from 'node:fs/promises';
import { type Role, roles } from '@orangery/contract';
import { type Command, InvalidArgumentError } from 'commander';
import { callerOf } from './api.ts';
import { tenantNamed, userNamed } from './names.ts';
import { print } from './table.ts';

type NewUser = { json?: boolean; name: string; passwordFile: string; roles: Role[] };
type Options = { json?: boolean; reason?: string };
type FilesOptions = { filesTo?: string; setFilesAside?: boolean };

/** Roles as they are typed: names with commas between them, or "none". */
export function rolesOf(text: string): Role[] {
  const named = text.split(',').map((each) => each.trim());
  if (named.length === 1 && named[0] === 'none') return [];
  const wrong = named.filter((each) => !roles.some((role) => role === each));
  if (wrong.length > 0)
    throw new InvalidArgumentError(
      `“${wrong.join(', ')}” is no role; there are ${roles.join(', ')}, or none`,
    );
  return roles.filter((role) => named.includes(role));
}

/** Verbs of tenants, told by their name or id, and roles of people. */
export function addTenantVerbs(nouns: (name: string) => Command, stateOf: () => string): void {
  const call = callerOf(stateOf);
  const tenant = nouns('tenant');
  tenant
    .command('show <tenant>')
    .description('what it has, what it may have, and what it uses')
    .action((name: string) =>
      call(async (api) => print(true, await api.tenants.show({ id: await tenantNamed(api, name) }), '')),
    );

  tenant
    .command('add <name>')
    .description('makes a tenant')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const made = await api.tenants.create({ name });
        print(json, made, `${made.name} is made; look into it: --tenant "${made.name}"`);
      }),
    );

  tenant
    .command('rename <tenant> <name>')
    .description('gives it another name')
    .option('--json', 'one JSON document')
    .action((old: string, name: string, { json }: Options) =>
      call(async (api) => {
        const renamed = await api.tenants.rename({ id: await tenantNamed(api, old), name });
        print(json, renamed, `${old} is called ${renamed.name} now`);
      }),
    );

  tenant
    .command('suspend <tenant>')
    .description('signs its people out and lets nobody in; what it has stays')
    .option('--reason <text>', 'told to its people')
    .option('--json', 'one JSON document')
    .action((name: string, { json, reason }: Options) =>
      call(async (api) => {
        const id = await tenantNamed(api, name);
        const suspended = await api.tenants.suspend({ id, ...(reason === undefined ? {} : { reason }) });
        print(
          json,
          suspended,
          `${suspended.name} is suspended; let it go on: tenant resume "${suspended.name}"`,
        );
      }),
    );

  tenant
    .command('resume <tenant>')
    .description('lets a suspended tenant go on')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const resumed = await api.tenants.resume({ id: await tenantNamed(api, name) });
        print(json, resumed, `${resumed.name} goes on`);
      }),
    );

  tenant
    .command('rm <tenant>')
    .description('deletes a tenant that is empty; else says what is in it')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const deleted = await api.tenants.delete({ id: await tenantNamed(api, name) });
        print(json, deleted, `${deleted.name} is deleted`);
      }),
    );

  const user = nouns('user');
  user
    .command('add <email>')
    .description('makes a person of the tenant, who signs in by this address')
    .requiredOption('--name <name>', 'as others read it')
    .requiredOption('--password-file <file>', 'their first password, in a file; /dev/stdin to type it')
    .option('--roles <roles>', `with commas between them: ${roles.join(', ')}`, rolesOf, [])
    .option('--json', 'one JSON document')
    .action((email: string, { json, name, passwordFile, roles: given }: NewUser) =>
      call(async (api) => {
        const password = (await readFile(passwordFile, 'utf8')).trim();
        const made = await api.users.create({ email, name, password, roles: given });
        print(json, made, `${made.name} is made: ${made.roles.join(', ') || 'no role'}`);
      }),
    );

  user
    .command('roles <user> <roles>')
    .description(`gives a person (by e-mail or id) these roles and no others: ${roles.join(', ')}; or none`)
    .option('--json', 'one JSON document')
    .action((name: string, text: string, { json }: Options) =>
      call(async (api) => {
        const changed = await api.users.setRoles({ id: await userNamed(api, name), roles: rolesOf(text) });
        print(json, changed, `${changed.name}: ${changed.roles.join(', ') || 'no role'}`);
      }),
    );

  user
    .command('rm <user>')
    .description('deletes a person (by e-mail or id); refused while they have a session, a machine or files')
    .option('--files-to <user>', 'who gets their files: a person (by e-mail or id) who has none')
    .option('--set-files-aside', 'their disk stays on its host, in quarantine, until an operator deletes it')
    .option('--json', 'one JSON document')
    .action((name: string, { json, filesTo, setFilesAside = false }: Options & FilesOptions) =>
      call(async (api) => {
        const deleted = await api.users.delete({
          id: await userNamed(api, name),
          setFilesAside,
          ...(filesTo === undefined ? {} : { heirId: await userNamed(api, filesTo) }),
        });
        print(json, deleted, `${deleted.name} is deleted`);
      }),
    );
}
