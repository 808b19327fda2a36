import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, OrangeryError } from '@orangery/std';

const KEYRING = 'debian-archive-keyring';
const KEYRING_PATH = `/usr/share/keyrings/${KEYRING}.gpg`;
const SOURCE_FILE_BYTES_MAX = 1024 * 1024;

/** One repository as apt knows it. */
export type Source = { uri: string; suite: string; components: string[]; signedBy: string | undefined };

/** Where this machine gets Debian from. */
export type Mirrors = { archive: string; security: string | undefined };

/** Reads the one-line format (`sources.list`). Lines that apt would refuse are passed over. */
export function parseSourcesList(text: string): Source[] {
  const sources: Source[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*/, '').trim();
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)(?:\s+(.*))?$/.exec(line);
    if (match === null) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    sources.push({ uri, suite, components: words(components), signedBy });
  }
  return sources;
}

/** Reads the deb822 format (`*.sources`): stanzas of fields, lines that begin with a space go on the field. */
export function parseDeb822Sources(text: string): Source[] {
  const sources: Source[] = [];
  for (const stanza of text.replace(/^#.*\n?/gm, '').split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      const field = /^([A-Za-z][A-Za-z0-9-]*):(.*)$/.exec(line);
      if (field !== null) {
        last = (field[1] ?? '').toLowerCase();
        fields.set(last, (field[2] ?? '').trim());
      } else if (/^[ \t]/.test(line) && last !== '') {
        fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
      }
    }
    if (/^(no|false|0)$/i.test(fields.get('enabled') ?? 'yes')) continue;
    if (!words(fields.get('types') ?? '').includes('deb')) continue;
    for (const uri of words(fields.get('uris') ?? '')) {
      for (const suite of words(fields.get('suites') ?? '')) {
        const components = words(fields.get('components') ?? '');
        sources.push({ uri, suite, components, signedBy: fields.get('signed-by') });
      }
    }
  }
  return sources;
}

/**
 * Debian's own archives among what apt is told to use. Others are left out on purpose: an image must not
 * depend on what else happens to be installed where it is built. Debian's are those that are signed by its
 * keyring or, where no key is named, those whose address ends as Debian's mirrors do. (Either way the build
 * accepts only what Debian's keyring has signed.)
 */
export function debianMirrors(sources: readonly Source[]): Mirrors | undefined {
  const debian = sources.filter((source) => {
    if (!source.components.includes('main')) return false;
    if (source.signedBy !== undefined) return source.signedBy.includes(KEYRING);
    return /\/debian(-security)?\/?$|^mirror\+file:/.test(source.uri);
  });
  const security = debian.find((source) => /-security$|\/updates$/.test(source.suite));
  const archive = debian.find((source) => /^[a-z]+$/.test(source.suite) && source !== security);
  return archive === undefined ? undefined : { archive: archive.uri, security: security?.uri };
}

/** The lines of `sources.list` for a Debian release from these mirrors. */
export function sourceLines(mirrors: Mirrors, release: string): string[] {
  const line = (uri: string, suite: string): string => `deb [signed-by=${KEYRING_PATH}] ${uri} ${suite} main`;
  const lines = [line(mirrors.archive, release), line(mirrors.archive, `${release}-updates`)];
  if (mirrors.security !== undefined) lines.push(line(mirrors.security, `${release}-security`));
  return lines;
}

/**
 * @param folder apt's configuration folder
 * @throws OrangeryError `noDebianMirror`
 */
export async function machineMirrors(folder = '/etc/apt'): Promise<Mirrors> {
  const sources = parseSourcesList(await readOr(join(folder, 'sources.list'), ''));
  const parts = join(folder, 'sources.list.d');
  for (const name of (await readdirOr(parts)).sort()) {
    if (name.endsWith('.list')) sources.push(...parseSourcesList(await readOr(join(parts, name), '')));
    if (name.endsWith('.sources')) sources.push(...parseDeb822Sources(await readOr(join(parts, name), '')));
  }
  const mirrors = debianMirrors(sources);
  if (mirrors !== undefined) return mirrors;
  throw new OrangeryError(
    'noDebianMirror',
    `looked for a Debian mirror in ${folder}: none of ${sources.length} sources is Debian's own`,
    { fix: 'Add one to /etc/apt/sources.list, as in `deb http://deb.debian.org/debian bookworm main`.' },
  );
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).slice(0, SOURCE_FILE_BYTES_MAX);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return otherwise;
    throw error;
  }
}

async function readdirOr(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
