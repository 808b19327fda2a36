import type { Duplex } from 'node:stream';
import type { Clock } from '@orangery/std';
import { LibvirtError } from './errors.ts';
import { Connection, type ConnectionHooks } from './connection.ts';
import type { KeepaliveTimes } from './keepalive.ts';
import { procedures } from './procedures/table.ts';

/** remote_auth_type. */
const auth = { none: 0, sasl: 1, polkit: 2 } as const;
/** VIR_DRV_FEATURE_PROGRAM_KEEPALIVE: asking makes the daemon send keepalives of its own. */
const FEATURE_KEEPALIVE = 10;
/** VIR_CONNECT_RO. */
const OPEN_READ_ONLY = 1;

export type OpenOptions = {
  /** A transport to the daemon, fresh for each call: the client dials anew after a loss, and for each stream. */
  dial: (signal?: AbortSignal) => Promise<Duplex>;
  /** What to open there, as in `qemu:///system`. A transport in it (`qemu+ssh://host/system`) is left out. */
  uri: string;
  readOnly?: boolean;
  clock: Clock;
  keepalive: KeepaliveTimes;
  /** For the whole of dialling, authentication, and opening. */
  openTimeoutMs: number;
};

/** Dials, authenticates, and opens the driver: a connection that is ready for calls. */
export async function openConnection(
  options: OpenOptions,
  hooks: ConnectionHooks,
  purpose: 'calls' | 'stream',
  signal: AbortSignal,
): Promise<Connection> {
  const socket = await options.dial(signal);
  const connection = new Connection(socket, options.clock, options.keepalive, hooks);
  try {
    const call = { signal, timeoutMs: options.openTimeoutMs };
    const { types } = await connection.call('authList', procedures.authList, {}, call);
    await authenticate(connection, types, call);
    // A stream's connection is watched by its progress instead: a paused download answers no keepalive.
    if (purpose === 'calls') {
      const feature = { feature: FEATURE_KEEPALIVE };
      const { supported } = await connection.call(
        'keepalive',
        procedures.connectSupportsFeature,
        feature,
        call,
      );
      if (supported) connection.startKeepalive();
    }
    const flags = options.readOnly ? OPEN_READ_ONLY : 0;
    await connection.call(
      'connectOpen',
      procedures.connectOpen,
      { name: driverUri(options.uri), flags },
      call,
    );
    return connection;
  } catch (error) {
    connection.destroy(new LibvirtError('libvirt.closed', 'the connection was not opened', { cause: error }));
    throw error;
  }
}

async function authenticate(
  connection: Connection,
  types: readonly number[],
  call: { signal: AbortSignal; timeoutMs: number },
): Promise<void> {
  if (types.length === 0 || types.includes(auth.none)) return;
  if (types.includes(auth.polkit)) {
    await connection.call('authPolkit', procedures.authPolkit, {}, call);
    return;
  }
  throw new LibvirtError(
    'libvirt.authentication',
    'the daemon wants SASL, which this client does not speak',
    {
      fix: 'Reach the daemon through SSH, or over TLS with a client certificate and auth_tls = "none".',
    },
  );
}

/** The URI that the daemon shall open: without transport, host, and the transport's parameters. */
export function driverUri(uri: string): string {
  const match = /^([a-z0-9.-]+)(?:\+[a-z0-9]+)?:\/\/[^/]*(\/[^?#]*)?/i.exec(uri);
  if (match === null) {
    throw new LibvirtError('libvirt.badArgument', `${uri} is no libvirt URI, as qemu:///system is one`);
  }
  return `${match[1]}://${match[2] ?? '/'}`;
}
