import type { Duplex } from 'node:stream';
import { type Clock, type Log, messageOf, silentLog } from '@orangery/std';
import type { RawData } from 'ws';
import { AgentBridge } from './agent-bridge.ts';
import type { Delivered } from './deliver.ts';
import type { Shown } from './threads/messages.ts';
import { Downstream } from './downstream.ts';
import { RELAY_ENDS, type RelayEnd, type RelayEndCode } from './ends.ts';
import { RELAY_LIMITS, type RelayLimits } from './limits.ts';
import { CLOSE_REASON_LENGTH_MAX, releaseGuard } from './opening.ts';
import { Upstream } from './upstream.ts';
import { OPEN, type Socket } from './web-socket.ts';
import { type ClientControl, encodeControl, parseClientControl, type ServerControl } from './wire.ts';

export type RelayPolicy = {
  input: boolean;
  resize: boolean;
  /** Which way text may be copied. */
  clipboard: 'both' | 'toMachine' | 'fromMachine' | 'none';
  /** The largest desktop that a browser gets; null: as large as it asks for. */
  screenMax: { width: number; height: number } | null;
};

export type RelayOptions = {
  /** Authorized, after `readOpening`. */
  ws: Socket;
  /** The machine's console: an RFB server without a password, or what `deliver` made of it. Owned by the relay from now on. */
  console: Duplex | Delivered;
  /** The machine's agent channel, where it has one. Owned by the relay from now on. */
  agent?: Duplex | undefined;
  session: string;
  clock: Clock;
  log?: Log;
  policy?: Partial<RelayPolicy>;
  limits?: Partial<RelayLimits>;
};

export type RelayFigures = { bytesToBrowser: number; bytesToConsole: number; lastInputMs: number };

export type Relay = {
  /** Resolves once, when both ends are let go of; never rejects. */
  ended: Promise<RelayEnd>;
  /** Ends the relay from our side, and tells the browser why: taken over, session ended, gateway stops. */
  stop(code: string, reason: string): void;
  /** Counters since the start; `lastInputMs` is of the clock's monotonic time. */
  figures(): RelayFigures;
};

/** Carries one session between a browser and a machine's console until one of them ends. */
export function relay(options: RelayOptions): Relay {
  return new RelayRun(options);
}

/** running ─ anything in RELAY_ENDS, or stop() ─► ended: console destroyed, agent told, browser told and closed */
class RelayRun implements Relay {
  ended: Promise<RelayEnd>;
  #ws: Socket;
  #console: Duplex;
  #delivered: Delivered | undefined;
  #seenBytes = 0;
  #clock: Clock;
  #log: Log;
  #limits: RelayLimits;
  #upstream: Upstream;
  #downstream: Downstream;
  #agent: AgentBridge;
  #ending = Promise.withResolvers<RelayEnd>();
  #over = false;
  #heardMs: number;
  #takenMs: number;
  #inputMs: number;
  #fullSinceMs: number | undefined;
  #controlCount = 0;
  /** The newest text of the guest that waits for room. */
  #heldText: ServerControl | undefined;
  /** What was unsent at the last tick, and since when it has not become less. */
  #unsent = 0;
  #unsentSinceMs: number;
  #controlSinceMs: number;
  #cancelTick: () => void;

  constructor(options: RelayOptions) {
    const { ws, clock, session } = options;
    const policy: RelayPolicy = {
      input: true,
      resize: true,
      clipboard: 'both',
      screenMax: null,
      ...options.policy,
    };
    this.#ws = ws;
    this.#console = options.console;
    this.#delivered = 'acknowledged' in options.console ? options.console : undefined;
    const packed = this.#delivered !== undefined;
    this.#clock = clock;
    this.#log = options.log ?? silentLog;
    this.#limits = { ...RELAY_LIMITS, ...options.limits };
    this.ended = this.#ending.promise;
    const now = clock.monotonicMs();
    this.#heardMs = this.#takenMs = this.#inputMs = this.#controlSinceMs = this.#unsentSinceMs = now;
    this.#upstream = new Upstream(this.#console, policy);
    this.#agent = new AgentBridge({
      stream: options.agent,
      clock,
      log: this.#log,
      clipboard: policy.clipboard,
      tell: (message) => this.#tellFromGuest(message),
    });
    this.#policy = policy;
    releaseGuard(ws);
    const { clipboard } = this.#agent;
    this.#tell({ type: 'opened', session, clipboard, resize: policy.resize, packed });
    const progress = (): void => {
      this.#takenMs = this.#heardMs = clock.monotonicMs();
    };
    this.#downstream = new Downstream(ws, this.#console, this.#limits, progress, packed);
    this.#listen();
    this.#cancelTick = clock.after(this.#limits.tickMs, this.#tick);
    if (ws.readyState !== OPEN) this.#end('clientGone');
    else if (this.#console.destroyed) this.#end('consoleFailed');
  }

  #policy: RelayPolicy;

  stop(code: string, reason: string): void {
    this.#finish({ code, reason }, 1000);
  }

  figures(): RelayFigures {
    return {
      bytesToBrowser: this.#downstream.bytes,
      bytesToConsole: this.#upstream.bytes,
      lastInputMs: this.#inputMs,
    };
  }

  #listen(): void {
    const console = this.#console;
    this.#ws.on('message', this.#message);
    this.#ws.on('pong', () => {
      this.#heardMs = this.#clock.monotonicMs();
    });
    this.#ws.once('close', () => this.#end('clientGone'));
    this.#ws.on('error', (error) => this.#end('clientFailed', messageOf(error)));
    console.once('end', () => this.#end('consoleEnded'));
    console.once('close', () => this.#end('consoleEnded'));
    console.on('error', (error) => this.#end('consoleFailed', messageOf(error)));
    console.on('drain', () => {
      if (this.#fullSinceMs === undefined || this.#over) return;
      this.#fullSinceMs = undefined;
      this.#heardMs = this.#clock.monotonicMs();
      this.#ws.resume();
    });
  }

  #message = (data: RawData, isBinary: boolean): void => {
    if (this.#over) return;
    this.#heardMs = this.#clock.monotonicMs();
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (!isBinary) {
      this.#control(bytes);
      return;
    }
    this.#inputMs = this.#heardMs;
    const outcome = this.#upstream.push(bytes);
    if (outcome.kind === 'refused') this.#end('clientMalformed', outcome.reason);
    else if (!outcome.more && this.#fullSinceMs === undefined) {
      this.#fullSinceMs = this.#heardMs;
      this.#ws.pause();
    }
  };

  #control(bytes: Buffer): void {
    const message = parseClientControl(bytes.toString('utf8'));
    // As many as there are messages for it: they are counted by what was sent.
    if (message?.type === 'seen') {
      this.#seen(message.bytes);
      return;
    }
    const { controlMessagesMax, controlWindowMs } = this.#limits;
    if (this.#heardMs - this.#controlSinceMs > controlWindowMs) {
      this.#controlSinceMs = this.#heardMs;
      this.#controlCount = 0;
    }
    this.#controlCount += 1;
    if (this.#controlCount > controlMessagesMax) {
      this.#end('controlFlood');
      return;
    }
    if (message === undefined || message.type === 'open') this.#end('controlMalformed');
    else this.#obey(message);
  }

  /** Only of what was sent, and each time of more. */
  #seen(bytes: number): void {
    if (bytes <= this.#seenBytes || bytes > this.#downstream.bytes) {
      this.#end('controlMalformed');
      return;
    }
    this.#seenBytes = bytes;
    this.#delivered?.acknowledged(bytes);
  }

  #obey(message: Exclude<ClientControl, { type: 'open' | 'seen' }>): void {
    switch (message.type) {
      case 'ping':
        this.#tell({ type: 'pong', at: message.at, ...(this.#delivered?.shown ?? NOTHING_SHOWN) });
        break;
      case 'clipboard':
        this.#agent.setClipboard(message.text);
        break;
      case 'resize':
        this.#resize(message);
        break;
    }
  }

  #resize(asked: { width: number; height: number }): void {
    const { resize, screenMax } = this.#policy;
    if (!resize) {
      this.#tell({ type: 'notice', code: 'resizeRefused', text: 'This desktop keeps its size.' });
      return;
    }
    const { width, height } = sizeWithin(asked, screenMax);
    if (!this.#agent.resize(width, height)) this.#upstream.setDesktopSize(width, height);
  }

  /** One timer a session, for its pings and for all that takes too long. */
  #tick = (): void => {
    const now = this.#clock.monotonicMs();
    const { clientStallMs, clientSilenceMs, consoleStallMs, tickMs } = this.#limits;
    const { backlogHighBytes, controlStallMs } = this.#limits;
    if (this.#fullSinceMs !== undefined) {
      // The browser is not read meanwhile, so its silence means nothing.
      if (now - this.#fullSinceMs >= consoleStallMs) this.#end('consoleStalled');
    } else if (this.#downstream.paused) {
      // It may be slow, and pings wait behind the picture: what counts is what it takes.
      if (now - this.#takenMs >= clientStallMs) this.#end('clientStalled');
    } else if (now - this.#heardMs >= clientSilenceMs) this.#end('clientSilent');
    const unsent = this.#ws.bufferedAmount;
    if (unsent <= backlogHighBytes || unsent < this.#unsent) this.#unsentSinceMs = now;
    this.#unsent = unsent;
    if (now - this.#unsentSinceMs >= controlStallMs) this.#end('clientStalled');
    if (this.#over) return;
    if (this.#heldText !== undefined) this.#tellFromGuest(this.#heldText);
    this.#ws.ping();
    this.#cancelTick = this.#clock.after(tickMs, this.#tick);
  };

  /** What a guest says does not pile up for a browser that takes nothing: the newest text waits, notices are lost. */
  #tellFromGuest(message: ServerControl): void {
    const room = this.#ws.bufferedAmount <= this.#limits.backlogHighBytes;
    if (room) this.#tell(message);
    if (message.type === 'clipboard') this.#heldText = room ? undefined : message;
  }

  #tell(message: ServerControl): void {
    if (this.#ws.readyState === OPEN && !this.#over) this.#ws.send(encodeControl(message));
  }

  #end(code: RelayEndCode, detail?: string): void {
    const { reason, close } = RELAY_ENDS[code];
    this.#finish({ code, reason: detail === undefined ? reason : `${reason} (${detail})` }, close);
  }

  #finish(end: RelayEnd, close: number): void {
    if (this.#over) return;
    this.#downstream.end();
    this.#tell({ type: 'closed', ...end });
    this.#over = true;
    this.#cancelTick();
    this.#agent.end();
    this.#console.destroy();
    this.#log.info({ ...end, ...this.figures() }, 'a relay ended');
    this.#closeSocket(end, close);
  }

  #closeSocket(end: RelayEnd, close: number): void {
    const ws = this.#ws;
    if (ws.readyState === CLOSED) {
      this.#ending.resolve(end);
      return;
    }
    const cancel = this.#clock.after(this.#limits.closeMs, () => ws.terminate());
    ws.once('close', () => {
      cancel();
      ws.off('message', this.#message);
      this.#ending.resolve(end);
    });
    // A socket that was not read has the other end's answer to our close still in it.
    ws.resume();
    if (end.code === 'clientSilent' || end.code === 'clientStalled') ws.terminate();
    else ws.close(close, end.reason.slice(0, CLOSE_REASON_LENGTH_MAX));
  }
}

const NOTHING_SHOWN: Shown = { pictures: 0, rough: false };

/** `WebSocket.CLOSED`. */
const CLOSED = 3;

/** Graphics modes come in steps of 8 pixels. */
const WIDTH_STEP = 8;

/** The largest size of the same shape: what is shown larger than it is keeps its proportions. */
export function sizeWithin(
  asked: { width: number; height: number },
  most: { width: number; height: number } | null,
): { width: number; height: number } {
  if (most === null) return asked;
  const share = Math.min(1, most.width / asked.width, most.height / asked.height);
  if (share === 1) return asked;
  const width = Math.floor(asked.width * share);
  return { width: width - (width % WIDTH_STEP), height: Math.floor(asked.height * share) };
}
