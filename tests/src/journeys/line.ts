import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The line between browser and server, which can be cut: what is sent meanwhile is lost, new connections are refused. */
export async function openLine(targetPort: number): Promise<{
  port: number;
  cut: () => void;
  mend: () => void;
  close: () => Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let broken = false;
  const server = createServer((socket) => {
    if (broken) {
      socket.destroy();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    cut() {
      broken = true;
      destroyAll();
    },
    mend() {
      broken = false;
    },
    async close() {
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };
}
