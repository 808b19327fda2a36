import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { print } from './table.ts';
import { type Api, callerOf } from './api.ts';
import { userNamed } from './names.ts';

type Options = { json?: boolean; hard?: boolean; out?: string; timeZone?: string; because?: string };
type Picture = Awaited<ReturnType<Api['sessions']['picture']>>;

/** Verbs of sessions, machines and users that take more than an id, or answer with more than a row. */
export function addSessionVerbs(nouns: (name: string) => Command, stateOf: () => string): void {
  const call = callerOf(stateOf);
  const addPicture = (
    noun: string,
    take: (api: Api, of: { id: string; because: string | undefined }) => Promise<Picture>,
  ): void => {
    nouns(noun)
      .command('picture <id>')
      .description('what its machine shows now, as a PNG file; that it was looked at is in the audit log')
      .requiredOption('--out <file>', 'where to write it')
      .option('--because <why>', 'why you look at the screen of somebody who was not asked')
      .option('--json', 'one JSON document')
      .action((id: string, { json, out = '', because }: Options) =>
        call(async (api) => {
          const { png, ...rest } = await take(api, { id, because });
          await writeFile(out, Buffer.from(png, 'base64'));
          print(json, { ...rest, file: out }, `${out}: ${rest.width}x${rest.height}`);
        }),
      );
  };
  addPicture('session', (api, of) => api.sessions.picture(of));
  addPicture('machine', (api, of) => api.machines.picture(of));

  const session = nouns('session');
  session
    .command('restart <id>')
    .description('restarts its machine, which hangs; a pooled one is replaced by a fresh one')
    .option('--hard', 'does not ask the guest first')
    .option('--json', 'one JSON document')
    .action((id: string, { json, hard }: Options) =>
      call(async (api) => {
        const answer = await api.sessions.restart({ id, how: hard === true ? 'hard' : 'gently' });
        print(json, answer, `${answer.title} of ${answer.person} is restarted`);
      }),
    );
  session
    .command('disconnect <id>')
    .description('sends away who looks at it now; the session goes on')
    .option('--json', 'one JSON document')
    .action((id: string, { json }: Options) =>
      call(async (api) => {
        const answer = await api.sessions.disconnect({ id });
        print(json, answer, `${answer.title} of ${answer.person} is disconnected`);
      }),
    );

  nouns('user')
    .command('usage <user>')
    .description('files, hours of this month and open sessions of a person (by e-mail or id)')
    .option('--time-zone <name>', 'whose month it is', 'UTC')
    .option('--json', 'one JSON document')
    .action((user: string, { json, timeZone = 'UTC' }: Options) =>
      call(async (api) => {
        const usage = await api.users.usage({ id: await userNamed(api, user), timeZone });
        const { month, profile, sessions } = usage;
        const lines = [
          `files: ${profile === null ? 'no disk yet' : `${gib(profile.usedBytes ?? 0)} of ${gib(profile.sizeBytes)}`}`,
          `since ${month.from}: ${hours(month.connectedMs)} at a desktop, ${hours(month.sessionMs)} in sessions`,
          `open: ${sessions.map(({ title }) => title).join(', ') || 'none'}`,
        ];
        print(json, usage, lines.join('\n'));
      }),
    );
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const hours = (ms: number): string => `${(ms / 3_600_000).toFixed(1)} h`;
