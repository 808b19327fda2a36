import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type Context,
  deviceOf,
  endedSignIns,
  forgetLostViewers,
  markSession,
  recordAudit,
  recordInput,
  recordLatency,
  type Redeemed,
  redeemTicket,
  takenBy,
  type ViewedKind,
  viewerEnd,
  type ViewerOrigin,
  whyMayUse,
} from '@orangery/control';
import { deliver, readOpening, refuse, type Relay, relay, WEB_SOCKET_OPTIONS } from '@orangery/display';
import { VDAGENT_CHANNEL } from '@orangery/hypervisor';
import { backoffMs, messageOf } from '@orangery/std';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Actor } from '../identity/actor.ts';
import { addressOf } from '../identity/address.ts';
import { watchLatency } from './latency.ts';

export const GATEWAY_PATH = '/gateway';
const OPENING_TIMEOUT_MS = 5_000;
const DIAL_TIMEOUT_MS = 5_000;
const TELL_FIRST_MS = 200;
const TELL_MAX_MS = 5_000;
/** A third of the shortest time after which a session that nobody looks at ends. */
const ASSERT_MS = 20_000;
const TAKEN_OVER = 'takenOver';
const SIGNED_OUT = 'signedOut';
const SIGNED_OUT_REASON = 'you were signed out';
const RESTARTING = 'restarting';
const RESTARTING_REASON = 'the gateway restarts; your session goes on in a moment';

export type GatewayOptions = {
  control: Context;
  /** By which all gateways find out whether this one lives: that of its connection for notices. */
  name: string;
  actorOf: (request: IncomingMessage) => Promise<Actor>;
};

/**
 * `turn`: its place among all viewers that the session had. `machineId`: what it looks at. `signInId`: it ends with this.
 * `inputToldMs`: the last input that its row knows of.
 */
type Viewer = {
  of: ViewedKind;
  relay: Relay;
  turn: number;
  machineId: string;
  origin: ViewerOrigin;
  signInId: string;
  inputToldMs: number;
  latency: ReturnType<typeof watchLatency>;
  latencyToldMs: number | undefined;
};
type Who = {
  principalId: string;
  tenantId: string;
  name: string;
  signInId: string;
  origin: ViewerOrigin;
};

/**
 * Carries sessions: WebSocket in, RFB to the machine's console out.
 *
 *   upgrade (Origin, cookie) ─▶ first message: ticket ─▶ redeemed ─▶ console dialled ─▶ relay ─▶ ended
 *
 * A session has one viewer; who comes later takes it over, here or at another gateway: the order is that of the
 * tickets' use, and a notice of the session's row makes each gateway look. The session itself lives in the rows: it
 * survives each browser, and this process.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  // Tracked, as the end of the gateway has to find those who do not hear that they are refused.
  readonly #server = new WebSocketServer({ ...WEB_SOCKET_OPTIONS, noServer: true, clientTracking: true });
  readonly #viewers = new Map<string, Viewer>();
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
    return this.#viewers.size;
  }

  /** Something of the session changed: its viewer here is told when it has ended, or is another gateway's by now. */
  look(sessionId: string): void {
    const viewer = this.#viewers.get(sessionId);
    if (viewer === undefined) return;
    this.#look(sessionId, viewer).catch((error: unknown) => {
      // With the next notice, or once notices come again, it is looked at anew.
      this.#options.control.log.warn({ session: sessionId, reason: messageOf(error) }, 'a look failed');
    });
  }

  /** Notices may have been lost. */
  lookAll(): void {
    for (const sessionId of this.#viewers.keys()) this.look(sessionId);
    this.#lookAtSignIns();
  }

  /** A sign-in has ended, by its person or by somebody who may: nobody looks at anything by it any more. */
  signedOut(signInId: string): void {
    for (const viewer of this.#viewers.values())
      if (viewer.signInId === signInId) viewer.relay.stop(SIGNED_OUT, SIGNED_OUT_REASON);
  }

  /** Sign-ins also expire, without any notice. */
  #lookAtSignIns(ids = [...this.#viewers.values()].map(({ signInId }) => signInId)): void {
    const { control } = this.#options;
    endedSignIns(control, ids).then(
      (ended) => {
        for (const id of ended) this.signedOut(id);
      },
      (error: unknown) => control.log.warn({ reason: messageOf(error) }, 'sign-ins could not be looked at'),
    );
  }

  async #look(sessionId: string, viewer: Viewer): Promise<void> {
    const end = await viewerEnd(this.#options.control, sessionId, viewer);
    if (end !== undefined) viewer.relay.stop(end.code, end.reason);
    // Another gateway that started took all viewers for gone.
    else this.#tell(sessionId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelAssert?.();
    const relays = [...this.#viewers.values()].map((viewer) => viewer.relay);
    for (const each of relays) each.stop(RESTARTING, RESTARTING_REASON);
    await Promise.all(relays.map((each) => each.ended));
    await Promise.all([...this.#telling.values()].map((each) => each.done));
    // Who came meanwhile was refused; who does not hear it would keep the HTTP server from ending.
    for (const ws of this.#server.clients) ws.terminate();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (this.#closed) return reject(socket, '503 Service Unavailable');
    if (request.url !== GATEWAY_PATH) return reject(socket, '404 Not Found');
    if (request.headers.origin !== `https://${request.headers.host}`) return reject(socket, '403 Forbidden');
    const actor = await this.#options.actorOf(request);
    if (actor.kind !== 'person' || actor.by.kind !== 'signIn') return reject(socket, '401 Unauthorized');
    if (actor.suspended !== undefined) return reject(socket, '403 Forbidden');
    const origin = { device: deviceOf(request.headers['user-agent']), address: addressOf(request) };
    const { id: principalId, tenantId, name } = actor;
    const who = { principalId, tenantId, name, signInId: actor.by.id, origin };
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      void this.#serve(ws, who).catch((error: unknown) => {
        this.#options.control.log.error({ reason: messageOf(error) }, 'a session could not be served');
        ws.terminate();
      });
    });
  }

  async #serve(ws: WebSocket, who: Who): Promise<void> {
    const { principalId, signInId, origin } = who;
    const { control } = this.#options;
    const opening = await readOpening(ws, control.clock, OPENING_TIMEOUT_MS);
    if (opening.kind === 'refused') return;
    if (this.#closed) return refuse(ws, RESTARTING, RESTARTING_REASON);
    const redeemed = await redeemTicket(control, opening.ticket, principalId, {
      ...origin,
      gateway: this.#options.name,
    });
    if (redeemed === undefined) {
      refuse(ws, 'badTicket', 'this ticket is unknown, used, expired or not yours');
      return;
    }
    const log = control.log.child({ session: redeemed.sessionId, machine: redeemed.machineName });
    log.debug({}, 'dials a console');
    const { of, sessionId, turn } = redeemed;
    await this.#auditEntry(who, redeemed);
    const streams = await this.#dial(redeemed).catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, 'the console could not be reached');
      refuse(ws, 'consoleUnreachable', 'the machine’s console cannot be reached now');
      return undefined;
    });
    // Whoever was there before was sent away for this one.
    if (streams === undefined) return markSession(control, sessionId, 'disconnected');
    for (
      let other = this.#viewers.get(sessionId);
      other !== undefined;
      other = this.#viewers.get(sessionId)
    ) {
      if (other.turn > turn) {
        for (const stream of [streams.console, streams.agent]) stream?.destroy();
        refuse(ws, TAKEN_OVER, takenBy(other.origin));
        return undefined;
      }
      // Of several that come at once, each finds the one before it here, until it is the only one.
      this.#viewers.delete(sessionId);
      other.relay.stop(TAKEN_OVER, takenBy(origin));
      await other.relay.ended;
    }
    if (this.#closed) {
      for (const stream of [streams.console, streams.agent]) stream?.destroy();
      refuse(ws, RESTARTING, RESTARTING_REASON);
      return undefined;
    }
    const running = relay({
      ws,
      console: deliver(streams.console),
      agent: streams.agent,
      session: sessionId,
      ...(redeemed.display === undefined ? {} : { policy: redeemed.display }),
      clock: control.clock,
      log,
    });
    const { machineId } = redeemed;
    const latency = watchLatency(ws, control.clock);
    latency.ping();
    const told = { inputToldMs: 0, latencyToldMs: undefined };
    this.#viewers.set(sessionId, { of, relay: running, turn, machineId, origin, signInId, latency, ...told });
    this.#tell(sessionId);
    // A later one may have come to another gateway while this one dialled, or its person signed out.
    this.look(sessionId);
    this.#lookAtSignIns([signInId]);
    const end = await running.ended;
    if (this.#viewers.get(sessionId)?.relay === running) this.#viewers.delete(sessionId);
    // Who took it over tells of it.
    if (end.code !== TAKEN_OVER) this.#tell(sessionId);
    return undefined;
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
        await markSession(control, sessionId, this.#viewers.has(sessionId) ? 'connected' : 'disconnected');
      } catch (error) {
        control.log.warn({ session: sessionId, reason: messageOf(error) }, 'a viewer could not be recorded');
        if (this.#closed) return;
        telling.again = true;
        await control.clock.sleep(backoffMs(failures, TELL_FIRST_MS, TELL_MAX_MS, control.rng));
        failures += 1;
      }
    }
  }

  /** Sessions that had a viewer when a gateway died have none now, whether it ever comes back or not. */
  async start(): Promise<void> {
    await forgetLostViewers(this.#options.control);
    this.#assert();
  }

  #assert(): void {
    this.#cancelAssert = this.#options.control.clock.after(ASSERT_MS, () => {
      for (const [sessionId, viewer] of this.#viewers) {
        // Who came to it by another gateway is not told of here.
        if (viewer.of === 'machine') this.look(sessionId);
        this.#tell(sessionId);
        this.#tellInput(sessionId, viewer);
        this.#tellLatency(sessionId, viewer);
      }
      this.#lookAtSignIns();
      forgetLostViewers(this.#options.control).catch((error: unknown) => {
        this.#options.control.log.warn({ reason: messageOf(error) }, 'lost viewers could not be looked for');
      });
      this.#assert();
    });
  }

  /** When somebody last typed or pointed; the next look makes good what the database could not take. */
  #tellInput(sessionId: string, viewer: Viewer): void {
    const { control } = this.#options;
    const { lastInputMs } = viewer.relay.figures();
    if (lastInputMs <= viewer.inputToldMs) return;
    const atMs = control.clock.now() - (control.clock.monotonicMs() - lastInputMs);
    recordInput(control, sessionId, atMs).then(
      () => (viewer.inputToldMs = lastInputMs),
      () => {},
    );
  }

  /** What was measured since the last look; the next is asked for. */
  #tellLatency(sessionId: string, viewer: Viewer): void {
    const latestMs = viewer.latency.latestMs();
    viewer.latency.ping();
    if (latestMs === undefined || latestMs === viewer.latencyToldMs) return;
    viewer.latencyToldMs = latestMs;
    recordLatency(this.#options.control, sessionId, latestMs).catch(() => {
      viewer.latencyToldMs = undefined;
    });
  }

  /** Nobody sees a desktop without an event of it: where it cannot be written, nothing is shown. */
  async #auditEntry({ principalId, tenantId, name, origin }: Who, entered: Redeemed): Promise<void> {
    const { control } = this.#options;
    const { of, sessionId, poolId, machineName } = entered;
    const why = {
      draft: () => 'may change images',
      machine: () => 'may see screens of machines',
      session: () => whyMayUse(control, { id: principalId }, { id: sessionId, poolId: poolId ?? '' }),
    };
    await recordAudit(control, {
      actor: name,
      principalId,
      tenantId,
      action: `${of}.enter`,
      subject: { kind: of, id: sessionId },
      outcome: 'done',
      why: await why[of](),
      detail: { machine: machineName, device: origin.device },
      client: origin.address,
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
  // The other end need not close its half.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
