import { createHash } from 'node:crypto';
import { OrangeryError } from '@orangery/std';
import { run, tried } from './run.ts';

/**
 * How a pretend host is wired: a bridge of its own on this machine, and a veth pair from it into the host's network
 * namespace, where the other end is `eth0`.
 *
 *     this machine  10.x.y.1 ── bridge ── veth ══ eth0  10.x.y.2  the host
 */
export type Link = {
  namespace: string;
  bridge: string;
  veth: string;
  gateway: string;
  address: string;
};

/** 10.192.0.0/11 in ranges of 254 addresses: apart from 10.64.0.0/10, where machines' networks lie. */
const FIRST = (10 << 24) | (192 << 16);
const RANGES = 1 << 13;
const TRIES_MAX = 64;

const dotted = (address: number): string =>
  [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');

export function linkNames(name: string): { namespace: string; bridge: string; veth: string } {
  return { namespace: `orangery-lab-${name}`, bridge: `olb-${name}`, veth: `olv-${name}` };
}

export async function makeLink(name: string): Promise<Link> {
  const { namespace, bridge, veth } = linkNames(name);
  const { gateway, address } = await freeRange(name);
  await run('ip', ['netns', 'add', namespace]);
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['address', 'add', `${gateway}/24`, 'dev', bridge]);
  await run('ip', ['link', 'add', veth, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]);
  await run('ip', ['link', 'set', veth, 'master', bridge, 'up']);
  await run('ip', ['link', 'set', bridge, 'up']);
  const inside = (...args: string[]): Promise<string> => run('ip', ['-n', namespace, ...args]);
  await inside('address', 'add', `${address}/24`, 'dev', 'eth0');
  await inside('link', 'set', 'lo', 'up');
  await inside('link', 'set', 'eth0', 'up');
  // To other pretend hosts, each behind a bridge of its own.
  await inside('route', 'add', 'default', 'via', gateway);
  return { namespace, bridge, veth, gateway, address };
}

/** Takes down whatever of it is there. */
export async function removeLink(name: string): Promise<void> {
  const { namespace, bridge, veth } = linkNames(name);
  await tried('ip', ['link', 'delete', veth]);
  await tried('ip', ['link', 'delete', bridge]);
  await tried('ip', ['netns', 'delete', namespace]);
}

async function freeRange(name: string): Promise<{ gateway: string; address: string }> {
  const taken = await run('ip', ['-4', 'route', 'show', 'table', 'all']);
  const first = createHash('sha256').update(name).digest().readUInt16BE(0);
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    const base = FIRST + (((first + attempt * 97) % RANGES) << 8);
    const prefix = dotted(base).replace(/0$/, '');
    if (!taken.includes(` ${prefix}`) && !taken.includes(`\n${prefix}`)) {
      return { gateway: dotted(base + 1), address: dotted(base + 2) };
    }
  }
  throw new OrangeryError('noFreeRange', `None of ${TRIES_MAX} ranges in 10.192.0.0/11 is free`, {
    fix: 'Look at "ip route": pretend hosts of the lab that are no longer used may be in the way.',
  });
}
