import type { IncomingMessage } from 'node:http';

/** The other end of a request's socket; an IPv4 address that came through an IPv6 socket is shown as one. */
export function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? 'socket';
}
