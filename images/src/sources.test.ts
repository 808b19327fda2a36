import fc from 'fast-check';
import { expect, test } from 'vitest';
import { debianMirrors, parseDeb822Sources, parseSourcesList, sourceLines } from './sources.ts';

const DEB822 = `# a comment
Types: deb deb-src
# http://snapshot.example/archive
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

test('finds archive and security mirrors in the deb822 format', () => {
  expect(debianMirrors(parseDeb822Sources(DEB822))).toEqual({
    archive: 'http://mirror.example/debian',
    security: 'http://mirror.example/debian-security',
  });
});

test('finds them in the one-line format, without a named key', () => {
  const text = `
deb http://mirror.example/debian/ bookworm main contrib # the archive
deb-src http://mirror.example/debian/ bookworm main
deb [arch=amd64] http://security.example/debian-security bookworm-security main
`;
  expect(debianMirrors(parseSourcesList(text))).toEqual({
    archive: 'http://mirror.example/debian/',
    security: 'http://security.example/debian-security',
  });
});

test('leaves out what others sign, what is off, and what is no Debian archive', () => {
  const others = [
    ...parseSourcesList(
      'deb [signed-by=/usr/share/keyrings/other.gpg] https://deb.other.example/debian bookworm main',
    ),
    ...parseSourcesList('deb https://packages.other.example/apt sdk-bookworm main'),
    ...parseSourcesList('deb https://download.other.example/linux/debian bookworm stable'),
    ...parseDeb822Sources(DEB822.replaceAll('Types: deb', 'Enabled: no\nTypes: deb')),
    ...parseDeb822Sources(DEB822.replaceAll('debian-archive-keyring', 'other')),
  ];
  expect(debianMirrors(others)).toBeUndefined();
});

test('reads folded fields', () => {
  const folded =
    'Types: deb\nURIs:\n http://a.example/debian\n http://b.example/debian\nSuites: sid\nComponents: main\n';
  expect(parseDeb822Sources(folded).map((source) => source.uri)).toEqual([
    'http://a.example/debian',
    'http://b.example/debian',
  ]);
});

test('the lines for another release keep the mirrors of the machine', () => {
  const lines = sourceLines({ archive: 'http://a.example/debian', security: undefined }, 'trixie');
  const signed = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://a.example/debian';
  expect(lines).toEqual([`${signed} trixie main`, `${signed} trixie-updates main`]);
});

test('any text is read without an exception, and what is found has an address and a suite', () => {
  const line = fc.constantFrom(
    'deb',
    'Types: deb',
    'URIs:',
    'URIs: http://x/debian',
    'Suites: a b',
    ' c',
    '',
    '#',
    '[',
    ']',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(line, fc.string())).map((lines) => lines.join('\n')),
  );
  fc.assert(
    fc.property(text, (content) => {
      for (const source of [...parseSourcesList(content), ...parseDeb822Sources(content)]) {
        expect(source.uri).toMatch(/^\S+$/);
        expect(source.suite).toMatch(/^\S+$/);
      }
    }),
  );
});
