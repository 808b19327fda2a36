import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A unix socket in front of a daemon's, whose connections a test can cut. */
export class Relay {
  readonly path: string;
  readonly #folder: string;
  readonly #target: string;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server | undefined;
  accepted = 0;

  private constructor(folder: string, target: string) {
    this.#folder = folder;
    this.#target = target;
    this.path = join(folder, 'relay-sock');
  }

  static async start(target: string): Promise<Relay> {
    const relay = new Relay(await mkdtemp(join(tmpdir(), 'orangery-relay-')), target);
    await relay.listen();
    return relay;
  }

  listen(): Promise<void> {
    this.#server = net.createServer((client) => {
      this.accepted += 1;
      const daemon = net.connect(this.#target);
      for (const [from, to] of [
        [client, daemon],
        [daemon, client],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => {});
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    return new Promise((resolve) => this.#server?.listen(this.path, resolve));
  }

  /** Resolves when no connection is left; one that leaks makes the test run out of time. */
  async idle(): Promise<void> {
    while (this.#sockets.size > 0) {
      const [socket] = this.#sockets;
      await new Promise((resolve) => socket?.once('close', resolve));
    }
  }

  /** Cuts every connection, and refuses new ones until `listen`. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async stop(): Promise<void> {
    await this.cut();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
