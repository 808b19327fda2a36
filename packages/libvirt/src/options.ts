import type { Duplex } from 'node:stream';
import { type Clock, type Log, type Rng, systemClock } from '@orangery/std';
import { keepaliveDefaults, type KeepaliveTimes } from './keepalive.ts';
import type { OpenOptions } from './open.ts';

export type LibvirtOptions = {
  /** A fresh transport for each call: see `dialLibvirt`, `dialTcp`, `dialTls`. */
  dial: (signal?: AbortSignal) => Promise<Duplex>;
  /** `qemu:///system`, `xen:///system`, `test:///default` … */
  uri: string;
  readOnly?: boolean;
  clock?: Clock;
  rng?: Rng;
  log?: Log;
  keepalive?: KeepaliveTimes;
  openTimeoutMs?: number;
  /** The first and the longest wait before dialling anew. */
  reconnect?: { firstMs: number; maxMs: number };
};

/** A daemon that restarts is back in a second or two; a host that is away is not asked more than this. */
export const RECONNECT_WAITS = { firstMs: 500, maxMs: 30_000 };
const OPEN_TIMEOUT_MS = 15_000;

export function openOptionsOf(options: LibvirtOptions): OpenOptions {
  return {
    dial: options.dial,
    uri: options.uri,
    readOnly: options.readOnly ?? false,
    clock: options.clock ?? systemClock,
    keepalive: options.keepalive ?? keepaliveDefaults,
    openTimeoutMs: options.openTimeoutMs ?? OPEN_TIMEOUT_MS,
  };
}
