import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Duplex, duplexPair } from 'node:stream';
import { ManualClock } from '@orangery/std';
import { WebSocket, WebSocketServer } from 'ws';
import { Unpacker } from './browser/unpacker.ts';
import type { Delivered } from './deliver.ts';
import { readOpening } from './opening.ts';
import { type Relay, relay, type RelayOptions } from './relay.ts';
import { WEB_SOCKET_OPTIONS } from './web-socket.ts';
import { DISPLAY_PROTOCOL, encodeControl, parseServerControl, type ServerControl } from './wire.ts';

/** Both ends of a relay for tests: a real WebSocket over loopback, a console and an agent in memory. */

export const settle = async (turns = 5): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Waits for a condition that the event loop brings about; the test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** What a viewer reads of a delivery: unpacked, and said to be seen. */
export function unpacked(delivered: Delivered): Duplex {
  let bytes = 0;
  const viewer = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      delivered.write(chunk, done);
    },
    destroy(error, done) {
      delivered.destroy();
      done(error);
    },
  });
  const unpacker = new Unpacker((told) => viewer.push(Buffer.from(told)));
  delivered.on('data', (packed: Buffer) => {
    bytes += packed.length;
    unpacker.push(packed);
    delivered.acknowledged(bytes);
  });
  delivered.on('end', () => viewer.push(null));
  delivered.on('close', () => viewer.destroy());
  return viewer;
}

export class Gateway {
  clock = new ManualClock();
  http: Server = createServer();
  wss: WebSocketServer;
  #sockets = new Set<WebSocket>();

  constructor() {
    this.wss = new WebSocketServer({ ...WEB_SOCKET_OPTIONS, server: this.http });
  }

  async start(): Promise<void> {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
  }

  async stop(): Promise<void> {
    this.wss.close();
    for (const socket of this.#sockets) socket.terminate();
    this.http.close();
    await once(this.http, 'close');
  }

  /** A browser's socket and the gateway's end of it. */
  async pair(protocol = DISPLAY_PROTOCOL): Promise<{ browser: WebSocket; ws: WebSocket }> {
    const { port } = this.http.address() as AddressInfo;
    const accepted = once(this.wss, 'connection');
    const browser = new WebSocket(`ws://127.0.0.1:${port}/`, [protocol], { perMessageDeflate: false });
    browser.on('error', () => {});
    await once(browser, 'open');
    const [ws] = (await accepted) as [WebSocket];
    for (const socket of [browser, ws]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    return { browser, ws };
  }

  async session(options: Partial<RelayOptions> & { withAgent?: boolean } = {}): Promise<Session> {
    const { browser, ws } = await this.pair();
    const session = new Session(browser);
    const opening = readOpening(ws, this.clock, 5000);
    browser.send(encodeControl({ type: 'open', ticket: 'a-ticket' }));
    await opening;
    const [console, machine] = duplexPair();
    const [agent, guest] = options.withAgent === true ? duplexPair() : [undefined, undefined];
    session.machine = machine;
    session.console = console;
    session.guest = guest;
    machine.on('error', () => {});
    const { withAgent: _, ...rest } = options;
    session.relay = relay({ ws, console, agent, session: 'a-session', clock: this.clock, ...rest });
    await until(() => session.control.length > 0);
    return session;
  }
}

export class Session {
  browser: WebSocket;
  machine!: Duplex;
  console!: Duplex;
  guest: Duplex | undefined;
  relay!: Relay;
  control: ServerControl[] = [];
  picture: Buffer[] = [];
  closeCode: number | undefined;

  constructor(browser: WebSocket) {
    this.browser = browser;
    browser.on('close', (code) => {
      this.closeCode = code;
    });
    browser.on('message', (data, isBinary) => {
      if (isBinary) this.picture.push(data as Buffer);
      else
        this.control.push(
          parseServerControl((data as Buffer).toString()) ?? {
            type: 'pong',
            at: -1,
            pictures: 0,
            rough: false,
          },
        );
    });
  }

  /** The browser's half of the handshake, as noVNC makes it. */
  shakeHands(): void {
    this.browser.send(Buffer.from('RFB 003.008\n'));
    this.browser.send(Buffer.from([1]));
    this.browser.send(Buffer.from([0]));
  }

  notices(): string[] {
    return this.control.flatMap((message) => (message.type === 'notice' ? [message.code] : []));
  }
}
