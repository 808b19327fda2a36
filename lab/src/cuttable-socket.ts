import { once } from 'node:events';
import net from 'node:net';
import { rm } from 'node:fs/promises';

/** A unix socket in front of another one, whose connections can be cut. */
export class CuttableSocket {
  readonly path: string;
  readonly #target: string;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server | undefined;

  constructor(path: string, target: string) {
    this.path = path;
    this.#target = target;
  }

  async listen(): Promise<void> {
    await rm(this.path, { force: true });
    const server = net.createServer((near) => {
      const far = net.connect(this.#target);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        // What broke is told by the other end's close.
        from.on('error', () => {});
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    server.listen(this.path);
    await once(server, 'listening');
    this.#server = server;
  }

  /** Ends every connection, and refuses new ones until `listen`. Again is harmless. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
