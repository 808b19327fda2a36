import { readFile } from 'node:fs/promises';

/** Where networks of machines take their ranges from when they are not told. */
const OWN = { base: 0x0a_40_00_00, prefix: 10 };
/** Interfaces of our own networks, and of libvirt's default one. */
const MACHINES = /^(org-[0-9a-f]{8}|o[0-9a-f]{6}-[0-9a-f]{7}|virbr\d+|vnet\d+)$/;

export type Route = { interface: string; range: string };

/** Which of this machine's routes lie in our ranges, or have them all in theirs; the way to everywhere is none. */
export function rangesMet(all: readonly Route[]): (Route & { whole: boolean })[] {
  return all.flatMap((route) => {
    const [address = '', bits = ''] = route.range.split('/');
    const prefix = Number(bits);
    const base = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
    const shared = Math.min(prefix, OWN.prefix);
    const size = 2 ** (32 - shared);
    if (prefix === 0 || Math.floor(base / size) !== Math.floor(OWN.base / size)) return [];
    return [{ ...route, whole: prefix <= OWN.prefix }];
  });
}

/** This machine's routes, but for those of machines' networks (proc(5), net/route: words of the CPU's own order). */
export async function routes(): Promise<Route[]> {
  const text = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const word = (hex: string): number[] => [...Buffer.from(hex, 'hex')].reverse();
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(([name = '', destination]) => destination !== undefined && !MACHINES.test(name))
    .map(([name = '', destination = '', , , , , , mask = '']) => {
      const bits = word(mask).reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
      return { interface: name, range: `${word(destination).join('.')}/${bits}` };
    });
}
