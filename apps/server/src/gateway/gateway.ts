import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  connectability,
  type Context,
  forgetViewers,
  markSession,
  type Redeemed,
  redeemTicket,
} from '@orangery/control';
import { readOpening, refuse, type Relay, relay, WEB_SOCKET_OPTIONS } from '@orangery/display';
import { VDAGENT_CHANNEL } from '@orangery/hypervisor';
import { backoffMs, messageOf } from '@orangery/std';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Actor } from '../identity/actor.ts';

export const GATEWAY_PATH = '/gateway';
const OPENING_TIMEOUT_MS = 5_000;
const DIAL_TIMEOUT_MS = 5_000;
const TELL_FIRST_MS = 200;
const TELL_MAX_MS = 5_000;
/** A third of the shortest time after which a session that nobody looks at ends. */
const ASSERT_MS = 20_000;

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
  /** Sessions whose row is being written; `again`: something changed meanwhile. */
  readonly #telling = new Map<string, { again: boolean; done: Promise<void> }>();
  #cancelAssert: (() => void) | undefined;
  #closed = false;

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

  /** The session's row changed: the viewer of one that has ended is told so, with the reason. */
  look(sessionId: string): void {
    const running = this.#relays.get(sessionId);
    if (running === undefined) return;
    connectability(this.#options.control, sessionId).then(
      (state) => {
        if (state.kind === 'ended') running.stop('sessionEnded', state.reason);
      },
      // Its machine goes too, and the console with it: the viewer learns it then.
      () => {},
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelAssert?.();
    const relays = [...this.#relays.values()];
    for (const each of relays)
      each.stop('restarting', 'the gateway restarts; your session goes on in a moment');
    await Promise.all(relays.map((each) => each.ended));
    await Promise.all([...this.#telling.values()].map((each) => each.done));
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
    log.debug({}, 'dials a console');
    const streams = await this.#dial(redeemed).catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, 'the console could not be reached');
      refuse(ws, 'consoleUnreachable', 'the machine’s console cannot be reached now');
      return undefined;
    });
    if (streams === undefined) return;
    const { sessionId } = redeemed;
    // Of several that come at once, each finds the one before it here, until it is the only one.
    for (let other = this.#relays.get(sessionId); other !== undefined; other = this.#relays.get(sessionId)) {
      this.#relays.delete(sessionId);
      other.stop('takenOver', 'the session was opened in another window');
      await other.ended;
    }
    const running = relay({ ws, ...streams, session: sessionId, clock: control.clock, log });
    this.#relays.set(sessionId, running);
    this.#tell(sessionId);
    await running.ended;
    if (this.#relays.get(sessionId) === running) this.#relays.delete(sessionId);
    this.#tell(sessionId);
  }

  /**
   * Brings the session's row to whether it has a viewer here. One writer per session, which looks again after each
   * write: however viewers come and go, the last word is true. While the database is away it tries again and again.
   */
  #tell(sessionId: string): void {
    const known = this.#telling.get(sessionId);
    if (known !== undefined) {
      known.again = true;
      return;
    }
    const telling = { again: true, done: Promise.resolve() };
    this.#telling.set(sessionId, telling);
    telling.done = this.#write(sessionId, telling).finally(() => this.#telling.delete(sessionId));
  }

  async #write(sessionId: string, telling: { again: boolean }): Promise<void> {
    const { control } = this.#options;
    for (let failures = 0; telling.again;) {
      telling.again = false;
      try {
        await markSession(control, sessionId, this.#relays.has(sessionId) ? 'connected' : 'disconnected');
      } catch (error) {
        control.log.warn({ session: sessionId, reason: messageOf(error) }, 'a viewer could not be recorded');
        if (this.#closed) return;
        telling.again = true;
        await control.clock.sleep(backoffMs(failures, TELL_FIRST_MS, TELL_MAX_MS, control.rng));
        failures += 1;
      }
    }
  }

  /**
   * Sessions that had a viewer when a gateway died have none now. Those of another gateway that lives are told anew by
   * it within `ASSERT_MS`, long before any time-out of theirs.
   */
  async start(): Promise<void> {
    await forgetViewers(this.#options.control);
    this.#assert();
  }

  #assert(): void {
    this.#cancelAssert = this.#options.control.clock.after(ASSERT_MS, () => {
      for (const sessionId of this.#relays.keys()) this.#tell(sessionId);
      this.#assert();
    });
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
