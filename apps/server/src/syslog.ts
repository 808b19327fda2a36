import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { type Exported, framed, syslogMessage } from '@orangery/control';
import { type Syslog, SYSLOG_PORTS } from '@orangery/contract';
import { codeOf, OrangeryError } from '@orangery/std';
import { resolveOutward } from './outward.ts';

const PORTS = [...Object.values(SYSLOG_PORTS), 1514, 5514] as const;
const TIMEOUT_MS = 10_000;

/** The address of a log server. Throws `notReachable`. */
export const resolveSyslog = ({ host, port }: Syslog): Promise<string> => resolveOutward(host, port, PORTS);

/**
 * Sends events to a log server, in their order. Throws `notSent`. Syslog has no receipts: over a connection all is taken
 * for sent that the other end has acknowledged as bytes when it closes; over UDP, that has left.
 */
export async function sendSyslog(settings: Syslog, events: readonly Exported[]): Promise<void> {
  const { host, port, transport } = settings;
  const address = await resolveSyslog(settings);
  const messages = events.map((event) => syslogMessage(event, hostname()));
  try {
    await (transport === 'udp'
      ? sendDatagrams(address, port, messages)
      : sendStream(await openStream(settings, address), messages));
  } catch (error) {
    const reason = codeOf(error) ?? (error instanceof Error ? error.message : 'unknown');
    throw new OrangeryError('notSent', `${host}:${port} took no events (${transport}): ${reason}`, {
      cause: error,
    });
  }
}

async function sendDatagrams(address: string, port: number, messages: readonly Buffer[]): Promise<void> {
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  try {
    for (const message of messages) {
      await new Promise<void>((resolve, reject) => {
        socket.send(message, port, address, (error) => (error === null ? resolve() : reject(error)));
      });
    }
  } finally {
    socket.close();
  }
}

async function openStream({ host, port, transport, ca }: Syslog, address: string): Promise<Socket> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const socket =
    transport === 'tls'
      ? connectTls({
          host: address,
          port,
          minVersion: 'TLSv1.2',
          ...(isIP(host) === 0 ? { servername: host } : {}),
          ...(ca === '' ? {} : { ca }),
        })
      : connect({ host: address, port });
  try {
    await once(socket, transport === 'tls' ? 'secureConnect' : 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function sendStream(socket: Socket, messages: readonly Buffer[]): Promise<void> {
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('it did not answer in time')));
  // What the other end says is of no interest, and must not stop the stream.
  socket.resume();
  const closed = once(socket, 'close');
  closed.catch(() => {});
  const failed = new Promise<never>((_resolve, reject) => socket.once('error', reject));
  failed.catch(() => {});
  socket.end(Buffer.concat(messages.map(framed)));
  await Promise.race([closed, failed]);
}
