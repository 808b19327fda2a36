import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { callerOf } from './api.ts';
import { userNamed } from './names.ts';
import { print } from './table.ts';

type Options = {
  json?: boolean;
  server: string;
  port: string;
  security: 'tls' | 'starttls' | 'none';
  user?: string;
  passwordFile?: string;
  from: string;
  url: string;
  caFile?: string;
};

/** What administrators do about how people sign in, and how mails are sent. */
export function addPeopleVerbs(
  program: Command,
  nouns: (name: string) => Command,
  stateOf: () => string,
): void {
  const call = callerOf(stateOf);
  const user = nouns('user');

  user
    .command('sign-out <user>')
    .description('signs a person (by e-mail or id) out everywhere; their sessions go on')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const answer = await api.users.signOut({ id: await userNamed(api, name) });
        print(json, answer, `${name} is signed out in ${answer.ended} places`);
      }),
    );

  user
    .command('remove-second-factor <user>')
    .description('for who has lost it: their password alone signs them in again, everywhere anew')
    .option('--json', 'one JSON document')
    .action((name: string, { json }: Options) =>
      call(async (api) => {
        const answer = await api.users.removeSecondFactor({ id: await userNamed(api, name) });
        print(json, answer, `${name} has no second factor; signed out in ${answer.ended} places`);
      }),
    );

  const mail = program.command('mail').description('how mails are sent');
  mail
    .command('show')
    .description('how mails are sent, and what waits')
    .option('--json', 'one JSON document')
    .action(({ json }: Options) =>
      call(async (api) => {
        const { settings, waiting, reason } = await api.mail.show();
        const words =
          settings === null
            ? 'no mails are sent; see ./orangery mail set --help'
            : [
                `${settings.host}:${settings.port} (${settings.security}), from ${settings.from}`,
                `links begin with ${settings.publicUrl}`,
                `${waiting} waiting${reason === null ? '' : `: ${reason}`}`,
              ].join('\n');
        print(json, { settings, waiting, reason }, words);
      }),
    );

  mail
    .command('set')
    .description('says how mails are sent; kept sealed')
    .requiredOption('--server <name>', 'the mail server')
    .requiredOption('--from <address>', 'whom people see')
    .requiredOption('--url <https://…>', 'where people reach this Orangery; links begin with it')
    .option('--port <port>', 'of the mail server', '587')
    .addOption(
      new Option('--security <kind>', 'how it is encrypted')
        .choices(['tls', 'starttls', 'none'])
        .default('starttls'),
    )
    .option('--user <name>', 'by whom it lets us in')
    .option('--password-file <file>', 'its password, in a file; /dev/stdin to type it')
    .option('--ca-file <file>', 'the authority of its certificate, as PEM')
    .option('--json', 'one JSON document')
    .action(({ json, server: host, port, security, user, from, url: publicUrl, ...files }: Options) =>
      call(async (api) => {
        const read = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();
        const answer = await api.mail.update({
          host,
          port: Number(port),
          security,
          from,
          publicUrl,
          user: user ?? '',
          ...(files.passwordFile === undefined ? {} : { password: await read(files.passwordFile) }),
          ...(files.caFile === undefined ? {} : { ca: await read(files.caFile) }),
        });
        print(json, answer, `mails are sent by ${host}; try it: ./orangery mail test YOUR-ADDRESS`);
      }),
    );

  mail
    .command('test <address>')
    .description('sends a mail now, and says what the server said')
    .option('--json', 'one JSON document')
    .action((to: string, { json }: Options) =>
      call(async (api) => print(json, await api.mail.test({ to }), `the mail server has taken it for ${to}`)),
    );

  mail
    .command('remove')
    .description('sends no mails any more')
    .option('--json', 'one JSON document')
    .action(({ json }: Options) =>
      call(async (api) => print(json, await api.mail.remove(), 'no mails are sent any more')),
    );
}
