import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { LibvirtError } from '../errors.ts';
import type { HostChannel } from './channel.ts';
import { connectSocket } from './connect-socket.ts';

export type Dial = (signal?: AbortSignal) => Promise<Duplex>;

/**
 * Where a daemon listens: the one daemon, or the proxy of the modular ones, which serves every driver; else the
 * QEMU driver alone.
 */
export const LIBVIRT_SOCKETS = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock'] as const;

const TCP_PORT = 16_509;
const TLS_PORT = 16_514;

/** Dials libvirt on the host of `channel`: the first of `sockets` that answers. */
export function dialLibvirt(channel: HostChannel, sockets: readonly string[] = LIBVIRT_SOCKETS): Dial {
  return async (signal) => {
    const reasons: unknown[] = [];
    for (const path of sockets) {
      try {
        return await channel.dialUnix(path, signal);
      } catch (error) {
        // Only a missing socket leads to the next one: a wrong host key is wrong for all.
        if (!(error instanceof LibvirtError) || error.code !== 'libvirt.unreachable') throw error;
        reasons.push(error);
      }
    }
    throw new LibvirtError(
      'libvirt.unreachable',
      `no libvirt daemon on ${channel.describe()}: ${reasons.map((reason) => (reason as Error).message).join('; ')}`,
      {
        cause: reasons[0],
        fix: 'Install and start libvirtd (or virtqemud and virtproxyd), and check that the account may use its socket.',
      },
    );
  };
}

/** Dials libvirt over bare TCP: neither encrypted nor authenticated, so for trusted links and tests alone. */
export function dialTcp(host: string, port: number = TCP_PORT): Dial {
  return (signal) => connectSocket({ host, port }, `tcp://${host}:${port}`, signal);
}

export type TlsOptions = {
  host: string;
  port?: number;
  /** PEM. The daemon's certificate must come from this authority and name the host. */
  ca: string | Buffer;
  cert: string | Buffer;
  key: string | Buffer;
  /** The name in the daemon's certificate, where it is not `host`. */
  serverName?: string;
};

/** Dials libvirt over TLS with a client certificate. */
export function dialTls(options: TlsOptions): Dial {
  const port = options.port ?? TLS_PORT;
  const what = `tls://${options.host}:${port}`;
  return async (signal) => {
    const raw = await connectSocket({ host: options.host, port }, what, signal);
    const socket = tls.connect({
      socket: raw,
      ca: options.ca,
      cert: options.cert,
      key: options.key,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      // SNI takes no addresses, but the certificate is checked against the name or address all the same.
      ...(isAddress(options.serverName ?? options.host)
        ? {}
        : { servername: options.serverName ?? options.host }),
      checkServerIdentity: (_name, certificate) =>
        tls.checkServerIdentity(options.serverName ?? options.host, certificate),
    });
    try {
      await verdict(socket, what, signal);
    } catch (error) {
      socket.destroy();
      raw.destroy();
      throw error;
    }
    return socket;
  };
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

/** After it has checked our certificate the daemon sends one byte, 1, before the protocol begins. */
function verdict(socket: tls.TLSSocket, what: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (run: () => void): void => {
      socket.off('readable', onReadable);
      socket.off('error', onError);
      socket.off('close', onClose);
      signal?.removeEventListener('abort', onAbort);
      run();
    };
    const onReadable = (): void => {
      const byte = socket.read(1) as Buffer | null;
      if (byte === null) return;
      settle(() => {
        if (byte[0] === 1) resolve();
        else reject(new LibvirtError('libvirt.authentication', `${what} refused our certificate`));
      });
    };
    const onError = (cause: Error): void => {
      const ours =
        !socket.authorized && socket.authorizationError !== null && socket.authorizationError !== undefined;
      const code = ours ? 'libvirt.hostKey' : 'libvirt.authentication';
      settle(() => reject(new LibvirtError(code, `${what}: ${cause.message}`, { cause })));
    };
    const onClose = (): void => {
      const text = `${what} closed the connection: it does not accept our certificate`;
      settle(() => reject(new LibvirtError('libvirt.authentication', text)));
    };
    const onAbort = (): void => {
      const text = `dialling ${what} was called off`;
      settle(() => reject(new LibvirtError('libvirt.aborted', text, { cause: signal?.reason })));
    };
    socket.on('readable', onReadable);
    socket.once('error', onError);
    socket.once('close', onClose);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
