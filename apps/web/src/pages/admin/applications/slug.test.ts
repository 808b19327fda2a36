import { expect, test } from 'vitest';
import { freeSlug, slugOf } from './slug.ts';

test.each([
  ['Firefox ESR', 'firefox-esr'],
  ['  Übersicht: Öffnen! ', 'u-bersicht-o-ffnen'],
  ['漢字', 'application'],
  ['x'.repeat(40), 'x'.repeat(31)],
])('%s is named %s', (title, slug) => expect(slugOf(title)).toBe(slug));

test('a name that is taken gets a number, and stays short enough', () => {
  expect(freeSlug('Editor', new Set(['editor', 'editor-2']))).toBe('editor-3');
  expect(freeSlug('x'.repeat(40), new Set(['x'.repeat(31)]))).toMatch(/^x{29}-2$/);
});
