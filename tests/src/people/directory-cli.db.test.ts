import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type House, openHouse } from './house.ts';
import { BASE, LDAPS_PORT, LOOKER, passwordOf, Slapd } from './slapd.ts';

const CLI = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));
const ADDRESS = '127.0.46.1';

let slapd: Slapd;
let house: House;
let options: string[];

beforeAll(async () => {
  [slapd, house] = await Promise.all([Slapd.start(ADDRESS), openHouse()]);
  const [secret, ca] = [join(house.folder, 'looker'), join(house.folder, 'looker-ca')];
  await writeFile(secret, `${LOOKER.password}\n`);
  await writeFile(ca, slapd.ca);
  const account = ['--account', LOOKER.dn, '--base', BASE, '--password-file', secret, '--ca-file', ca];
  options = ['--kind', 'ldap', '--server', `${ADDRESS}:${LDAPS_PORT}`, ...account];
});
afterAll(async () => {
  await rm(join(house.folder, 'looker'), { force: true });
  await house.close();
  await slapd.close();
});

/** What the command said, and its exit code. */
function orangery(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    const all = [CLI, 'directory', ...args, '--state', house.folder];
    execFile(process.execPath, all, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1,
        out: stdout + stderr,
      });
    });
  });
}

it('the command line tries a directory, adds it, takes groups in, gives roles, and takes it away', async () => {
  const tried = await orangery('try', ...options, '--login', 'ada');
  expect(tried.out).toContain('✓ person: Ada Lovelace');
  expect(tried.code).toBe(0);
  const wrong = await orangery('try', ...options.with(options.indexOf(LOOKER.dn), `cn=x,${BASE}`));
  expect(wrong.out).toContain('✗ bind:');
  expect(wrong.code).toBe(1);
  expect((await orangery('add', 'corp', ...options, '--title', 'Corp')).out).toContain('Corp is there');
  expect((await orangery('add', 'corp', ...options)).out).toContain('already');
  expect((await orangery('list')).out).toMatch(/corp\s+Corp\s+ldap/);
  expect((await orangery('test', 'corp', '--login', 'bob')).out).toContain('groups: admins');
  expect((await orangery('group', 'find', 'corp', 'staf')).out).toMatch(/staff\s+cn=staff/);
  expect((await orangery('group', 'add', 'corp', 'staff')).out).toContain('staff is here');
  expect((await orangery('group', 'add', 'corp', 'nobody')).out).toContain('has no group "nobody"');
  expect((await orangery('role', 'add', 'corp', 'admins', 'administrator')).code).toBe(0);
  const bob = await house.browser();
  expect(await bob.signIn({ email: 'bob', password: passwordOf('bob') })).toBe(200);
  expect(await bob.api.me.show()).toMatchObject({ roles: ['administrator'] });
  expect((await orangery('role', 'rm', 'corp', 'admins')).code).toBe(0);
  expect((await orangery('group', 'rm', 'corp', 'staff')).out).toContain('staff is here no more');
  const shown = JSON.parse((await orangery('show', 'corp', '--json')).out) as object;
  expect(shown).toMatchObject({ name: 'corp', people: 1, groups: 0, settings: { roles: [] } });
  expect((await orangery('rm', 'corp')).out).toContain('1 people of Corp could not sign in');
  expect((await orangery('rm', 'corp', '--yes')).out).toContain('is taken away');
  expect((await orangery('list')).out).toBe('none\n');
}, 240_000);
