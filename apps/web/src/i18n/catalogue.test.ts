import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompiledMessage, compileMessage } from '@lingui/message-utils/compileMessage';
import { describe, expect, it } from 'vitest';
import german from './de.json' with { type: 'json' };
import { languages } from './language.ts';

const catalogues: Readonly<Record<string, Readonly<Record<string, string>>>> = { de: german };
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** The names that a message is filled with. */
function namesIn(message: CompiledMessage | string | undefined): string[] {
  if (message === undefined || typeof message === 'string') return [];
  const names = message.flatMap((part): string[] => {
    if (!Array.isArray(part)) return [];
    const [name, , cases] = part as [string, string?, Record<string, CompiledMessage | string>?];
    return [name, ...Object.values(typeof cases === 'object' ? cases : {}).flatMap(namesIn)];
  });
  return [...new Set(names)].filter((name) => name !== '#').toSorted();
}

async function sources(folder: string): Promise<string> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true, recursive: true });
  const files = entries.filter((each) => each.isFile() && /(?<!\.test)\.tsx?$/.test(each.name));
  return (await Promise.all(files.map((each) => readFile(join(each.parentPath, each.name), 'utf8')))).join(
    '\n',
  );
}

it('each language but English, which is in the code, has a catalogue', () => {
  expect(Object.keys(catalogues).toSorted()).toEqual(Object.keys(languages).filter((code) => code !== 'en'));
});

describe.each(Object.entries(catalogues))('the catalogue of %s', (_, catalogue) => {
  it('fills its texts with what the English ones are filled with, and leaves none empty', () => {
    for (const [english, text] of Object.entries(catalogue)) {
      expect([english, text.trim() === '']).toEqual([english, false]);
      expect([english, namesIn(compileMessage(text))]).toEqual([english, namesIn(compileMessage(english))]);
    }
  });

  it('has nothing that nobody says any more', async () => {
    const pages = (await sources('apps/web/src')).toLowerCase();
    const server = (await sources('packages')).toLowerCase();
    // Lines are broken where a text is long; states are told by their words.
    const said = (english: string): boolean =>
      [pages, server].some(
        (text) =>
          text.includes(english.toLowerCase()) || text.includes(english.toLowerCase().replaceAll(' ', '_')),
      );
    expect(Object.keys(catalogue).filter((english) => !said(english))).toEqual([]);
  });

  it('has all that a tile says of a desktop', async () => {
    const policy = await readFile(join(ROOT, 'packages/control/src/desktops/policy.ts'), 'utf8');
    const reasons = [...policy.matchAll(/reason: '([^']+)'/g)].map(([, reason = '']) => reason);
    expect(reasons.length).toBeGreaterThan(8);
    expect(reasons.filter((reason) => catalogue[reason] === undefined)).toEqual([]);
  });
});
