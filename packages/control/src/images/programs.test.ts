import { encodePicture } from '@orangery/hypervisor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ICON_BYTES_MAX, isIcon } from './icon.ts';
import { programsOf } from './programs.ts';

const icon = encodePicture({ width: 2, height: 1, rgb: Buffer.from([1, 2, 3, 4, 5, 6]) });
const one = { id: 'xterm.desktop', name: 'XTerm', description: 'A terminal', icon: icon.toString('base64') };
const told = (...programs: unknown[]): string => JSON.stringify({ programs });

test('a guest’s programs are taken, each once', () => {
  expect(programsOf(told(one, { ...one, name: 'Again' }))).toEqual([
    { program: 'xterm.desktop', name: 'Again', description: 'A terminal', icon },
  ]);
});

test('what a guest says that does not fit is left out, and nothing else', () => {
  const strange = [
    null,
    { ...one, id: '../../etc/passwd' },
    { ...one, id: 'a b.desktop' },
    { ...one, name: '' },
    { ...one, name: 'x'.repeat(201) },
    { ...one, icon: 7 },
  ];
  expect(programsOf(told(...strange, one))).toHaveLength(1);
  expect(
    programsOf(told(...Array.from({ length: 500 }, (_, at) => ({ ...one, id: `p${at}.desktop` })))),
  ).toHaveLength(200);
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(programsOf(text))));
  fc.assert(fc.property(fc.json(), (text) => Array.isArray(programsOf(text))));
});

test('an icon is a small PNG, or none', () => {
  expect(isIcon(icon)).toBe(true);
  const huge = Buffer.from(icon);
  huge.writeUInt32BE(100_000, 16);
  for (const bad of [
    Buffer.from('<svg onload="x"/>'.repeat(9)),
    icon.subarray(0, 20),
    huge,
    Buffer.alloc(ICON_BYTES_MAX + 1),
  ])
    expect(isIcon(bad)).toBe(false);
  expect(programsOf(told({ ...one, icon: Buffer.from('<html>').toString('base64') }))).toMatchObject([
    { icon: null },
  ]);
});
