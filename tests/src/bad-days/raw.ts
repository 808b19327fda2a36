import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

/** A connection that is no HTTP library's: it says what it is given, and never closes its half. */
export async function rawConnection(origin: string, ca: string): Promise<TLSSocket> {
  const { hostname, port } = new URL(origin);
  const tcp = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true });
  const socket = connect({ socket: tcp, ca, servername: hostname });
  await once(socket, 'secureConnect');
  return socket;
}

/** The status of the answer to a request in these lines. */
export async function statusOf(socket: TLSSocket, ...lines: string[]): Promise<number> {
  socket.write([...lines, '', ''].join('\r\n'));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer.toString('latin1'))?.[1]);
}
