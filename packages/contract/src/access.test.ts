import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { accessOf, accessTable } from './access.ts';
import { rights, roles, rightsOfRole, roleSummaries, roleTitles } from './roles.ts';

const PAGE = fileURLToPath(new URL('../../../docs/access.md', import.meta.url));
const CONDITION: Readonly<Record<string, string>> = {
  anyone: 'anyone',
  person: 'each, of what is their own',
};

const names = Object.entries(accessTable).flatMap(([noun, verbs]) =>
  Object.keys(verbs).map((verb) => [noun, verb] as const),
);

/** After a change of the table: `vitest run --project unit access -u` writes the page anew. */
it('who may call what is a page that people read', async () => {
  const mark = (holds: boolean): string => (holds ? '✓' : '');
  const rows = names.map(([noun, verb]) => {
    const may = accessOf([noun, verb])?.may ?? '';
    const open = CONDITION[may];
    const cells = roles.map((role) => mark(rightsOfRole[role].some((right) => right === may)));
    return `| ${noun}.${verb} | ${open ?? may} | ${open === undefined ? cells.join(' | ') : roles.map(() => '✓').join(' | ')} |`;
  });
  const titles = roles.map((role) => roleTitles[role]).join(' | ');
  const lines = [
    '# Who may call what',
    '',
    'Written by a test from [access.ts](../packages/contract/src/access.ts), which the server asks; [tenants.md](tenants.md) tells of it in words.',
    'What each role may holds in its own tenant; an operator’s in every tenant.',
    '',
    ...roles.map((role) => `- **${roleTitles[role]}** (\`${role}\`): ${roleSummaries[role]}.`),
    '',
    `| operation | right | ${titles} |`,
    `|---|---|${roles.map(() => '---').join('|')}|`,
    ...rows,
    '',
    'Besides, who has this right may do to all of their tenant what is open to each for their own:',
    '',
    `| right | operations | ${titles} |`,
    `|---|---|${roles.map(() => '---').join('|')}|`,
    ...[
      ['sessions.look', 'sessions.list, sessions.show'],
      ['sessions.help', 'sessions.restart, sessions.disconnect, sessions.end'],
      ['machines.screen', 'sessions.picture'],
    ].map(
      ([right = '', what]) =>
        `| ${right} | ${what} | ${roles.map((role) => mark(rightsOfRole[role].some((each) => each === right))).join(' | ')} |`,
    ),
    '',
  ];
  await expect(lines.join('\n')).toMatchFileSnapshot(PAGE);
});

it('each right is somebody’s, and all but that of helping with sessions open an operation', () => {
  const given = new Set(roles.flatMap((role) => rightsOfRole[role]));
  expect(rights.filter((right) => !given.has(right))).toEqual([]);
  const used = new Set(names.map(([noun, verb]) => accessOf([noun, verb])?.may));
  expect(rights.filter((right) => !used.has(right))).toEqual(['sessions.help']);
});

it('what has no row is nobody’s', () => {
  for (const name of [[], ['users'], ['users', 'none'], ['__proto__', 'toString'], ['users', 'constructor']])
    expect([name, accessOf(name)?.may]).toEqual([name, undefined]);
});
