import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Context, markSession, type Redeemed, redeemTicket } from '@orangery/control';
import { readOpening, refuse, type Relay, relay, WEB_SOCKET_OPTIONS } from '@orangery/display';
import { VDAGENT_CHANNEL } from '@orangery/hypervisor';
import { messageOf } from '@orangery/std';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Actor } from '../identity/actor.ts';

export const GATEWAY_PATH = '/gateway';
const OPENING_TIMEOUT_MS = 5_000;
const DIAL_TIMEOUT_MS = 5_000;

export type GatewayOptions = {
  control: Context;
  actorOf: (request: IncomingMessage) => Promise<Actor>;
};

/**
 * Carries sessions: WebSocket in, RFB to the machine's console out.
 *
 *   upgrade (Origin, cookie) ─▶ first message: ticket ─▶ redeemed ─▶ console dialled ─▶ relay ─▶ ended
 *
 * A session has one viewer; who comes later takes it over. The session itself lives in the rows: it survives each
 * browser, and this process.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #server = new WebSocketServer({ noServer: true, ...WEB_SOCKET_OPTIONS });
  readonly #relays = new Map<string, Relay>();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** For the HTTP server's `upgrade`. Anything but a page of ours, signed in, gets a plain refusal. */
  onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    void this.#upgrade(request, socket, head).catch((error: unknown) => {
      this.#options.control.log.warn({ reason: messageOf(error) }, 'a connection to the gateway failed');
      socket.destroy();
    });
  };

  /** Live sessions of this process. */
  get count(): number {
    return this.#relays.size;
  }

  /** Ends the viewer of a session, e.g. because it was logged off. */
  end(sessionId: string, code: string, reason: string): void {
    this.#relays.get(sessionId)?.stop(code, reason);
  }

  async close(): Promise<void> {
    const relays = [...this.#relays.values()];
    for (const each of relays)
      each.stop('restarting', 'the gateway restarts; your session goes on in a moment');
    await Promise.all(relays.map((each) => each.ended));
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (request.url !== GATEWAY_PATH) return reject(socket, '404 Not Found');
    if (request.headers.origin !== `https://${request.headers.host}`) return reject(socket, '403 Forbidden');
    const actor = await this.#options.actorOf(request);
    if (actor.kind !== 'person') return reject(socket, '401 Unauthorized');
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      void this.#serve(ws, actor.id).catch((error: unknown) => {
        this.#options.control.log.error({ reason: messageOf(error) }, 'a session could not be served');
        ws.terminate();
      });
    });
  }

  async #serve(ws: WebSocket, principalId: string): Promise<void> {
    const { control } = this.#options;
    const opening = await readOpening(ws, control.clock, OPENING_TIMEOUT_MS);
    if (opening.kind === 'refused') return;
    const redeemed = await redeemTicket(control, opening.ticket, principalId);
    if (redeemed === undefined) {
      refuse(ws, 'badTicket', 'this ticket is unknown, used, expired or not yours');
      return;
    }
    const log = control.log.child({ session: redeemed.sessionId, machine: redeemed.machineName });
    const streams = await this.#dial(redeemed).catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, 'the console could not be reached');
      refuse(ws, 'consoleUnreachable', 'the machine’s console cannot be reached now');
      return undefined;
    });
    if (streams === undefined) return;
    const { sessionId } = redeemed;
    const before = this.#relays.get(sessionId);
    if (before !== undefined) {
      before.stop('takenOver', 'the session was opened in another window');
      await before.ended;
    }
    const running = relay({ ws, ...streams, session: sessionId, clock: control.clock, log });
    this.#relays.set(sessionId, running);
    await markSession(control, sessionId, 'connected');
    await running.ended;
    if (this.#relays.get(sessionId) === running) this.#relays.delete(sessionId);
    await markSession(control, sessionId, 'disconnected');
  }

  async #dial({ hostId, machineId }: Redeemed): Promise<{ console: Duplex; agent: Duplex | undefined }> {
    const driver = await this.#options.control.drivers.of(hostId);
    const signal = AbortSignal.timeout(DIAL_TIMEOUT_MS);
    const console = await driver.machines.dialConsole(machineId, signal);
    // The picture is worth more than the clipboard: a channel that is busy or missing costs only the latter.
    const agent = await driver.machines
      .dialChannel(machineId, VDAGENT_CHANNEL, signal)
      .catch(() => undefined);
    return { console, agent };
  }
}

function reject(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
