import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** What the recipes do when a session becomes a person's, on programs that only write down that they were called. */
const RECIPES = join(import.meta.dirname, '..');
const CALLED = [
  'openbox',
  'pgrep',
  'pkill',
  'setsid',
  'tint2',
  'xdg-user-dirs-update',
  'xfce4-panel',
  'xfdesktop',
  'xwallpaper',
];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-adopted-'));
  for (const name of CALLED) {
    // Nothing is found any more of what was told to quit.
    const text = `#!/bin/sh\necho "${name} $*" >>${folder}/calls\n[ ${name} != pgrep ]\n`;
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  await writeFile(join(folder, 'calls'), '');
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function adopted(
  recipe: string,
  { ownSettings, newLanguage }: { ownSettings: number; newLanguage: number },
): Promise<string[]> {
  const script = join(RECIPES, recipe, 'overlay', 'etc', 'orangery', 'adopted');
  const { status, stderr } = spawnSync('/bin/sh', [script], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}:/usr/bin:/bin`,
      XDG_RUNTIME_DIR: folder,
      OWN_SETTINGS: String(ownSettings),
      NEW_LANGUAGE: String(newLanguage),
    },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return (await readFile(join(folder, 'calls'), 'utf8')).split('\n').filter((line) => line !== '');
}

describe('debian-xfce, when its session becomes a person’s', () => {
  it('leaves what they look at as it is where its settings are the template’s', async () => {
    const calls = await adopted('debian-xfce', { ownSettings: 0, newLanguage: 0 });
    expect(calls).toContain('xfce4-panel --quit');
    expect(calls.filter((call) => /xfdesktop|xfsettingsd|xfwm4/.test(call))).toEqual([]);
  });

  it.each([
    { ownSettings: 1, newLanguage: 0 },
    { ownSettings: 0, newLanguage: 1 },
  ])('reads %o anew, with a wallpaper behind the desktop meanwhile', async (what) => {
    const calls = await adopted('debian-xfce', what);
    const quit = calls.indexOf('xfdesktop --quit');
    expect(quit).toBeGreaterThan(calls.findIndex((call) => call.startsWith('xwallpaper --zoom ')));
    expect(calls.some((call) => call.startsWith('xwallpaper --zoom '))).toBe(true);
    expect(calls.some((call) => /^pkill .*xfsettingsd/.test(call))).toBe(true);
  });
});

describe('debian-openbox, when its session becomes a person’s', () => {
  it('does nothing where its settings are the template’s', async () => {
    expect(await adopted('debian-openbox', { ownSettings: 0, newLanguage: 0 })).toEqual([]);
  });

  it('has settings read anew, and begins anew in another language', async () => {
    expect(await adopted('debian-openbox', { ownSettings: 1, newLanguage: 0 })).toContain(
      'openbox --reconfigure',
    );
    expect(await adopted('debian-openbox', { ownSettings: 0, newLanguage: 1 })).toContain('openbox --exit');
  });
});
