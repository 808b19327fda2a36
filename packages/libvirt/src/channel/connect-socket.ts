import net from 'node:net';
import { LibvirtError } from '../errors.ts';

/** A connected socket, or `libvirt.unreachable` with the reason. */
export function connectSocket(
  target: { path: string } | { host: string; port: number },
  what: string,
  signal?: AbortSignal,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(
        new LibvirtError('libvirt.aborted', `dialling ${what} was called off`, { cause: signal.reason }),
      );
      return;
    }
    const socket = net.connect(target);
    // Calls are small and each waits for its answer: Nagle's delay would only add to it.
    if ('port' in target) socket.setNoDelay(true);
    const settle = (): void => {
      socket.off('error', onError);
      socket.off('connect', onConnect);
      signal?.removeEventListener('abort', onAbort);
    };
    const onError = (cause: Error): void => {
      settle();
      reject(
        new LibvirtError('libvirt.unreachable', `${what} cannot be dialled: ${cause.message}`, { cause }),
      );
    };
    const onConnect = (): void => {
      settle();
      resolve(socket);
    };
    const onAbort = (): void => {
      settle();
      socket.destroy();
      reject(
        new LibvirtError('libvirt.aborted', `dialling ${what} was called off`, { cause: signal?.reason }),
      );
    };
    socket.once('error', onError);
    socket.once('connect', onConnect);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
