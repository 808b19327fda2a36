import type { Duplex } from 'node:stream';
import { type Clock, type Log, messageOf, OrangeryError, silentLog, systemClock } from '@orangery/std';
import { ClipboardExchange } from './clipboard-exchange.ts';
import { AgentDecoder, type Decoded } from './decoder.ts';
import { BACKLOG_BYTES_MAX, CLIPBOARD_TEXT_BYTES_MAX, GOODBYE_MS, MESSAGE_TIMEOUT_MS } from './limits.ts';
import {
  type AgentMessage,
  type SpokenMessage,
  decodeMessage,
  encodeData,
  encodeMessage,
  type Monitor,
} from './messages.ts';
import { type Capability, MESSAGE } from './tables.ts';
import {
  type ClipboardOutcome,
  isWall,
  lost,
  type MonitorsOutcome,
  type VdagentHandlers,
  type VdagentOptions,
} from './words.ts';

/**
 * `clipboardGrabSerial` is not among them: it changes the layout of a grab, and one viewer has no race to win.
 */
const OURS: ReadonlySet<Capability> = new Set<Capability>([
  'monitorsConfig',
  'reply',
  'clipboardByDemand',
  'clipboardSelection',
  'maxClipboard',
  'monitorsConfigPosition',
  'clipboardNoReleaseOnRegrab',
]);

/**
 * The client's side of a guest's agent channel.
 *
 *     announce (request) ─► waiting ─► agent announces ─► ready ─► agent announces with request (it was
 *                                                           ▲      restarted) ─► announce, offer again ─┐
 *                                                           └───────────────────────────────────────────┘
 *
 * The daemon takes an announcement *with request* for a new client: it tells the session's agents that the
 * former one is gone (they let its clipboard go) and answers. It opens its port only while somebody is logged
 * in, and after we reconnect says nothing until it is spoken to. So we announce first, and wait for as long as
 * it takes: QEMU keeps our bytes until the port is open.
 */
export class VdagentClient {
  #stream: Duplex;
  #clock: Clock;
  #log: Log;
  #handlers: VdagentHandlers;
  #decoder = new AgentDecoder();
  #agent: ReadonlySet<Capability> | undefined;
  #clipboard: ClipboardExchange;
  #monitors: Monitor[] | undefined;
  #over = false;
  #cancelMidway: (() => void) | undefined;

  /** @param stream the channel's host end; owned from now on */
  constructor(stream: Duplex, options: VdagentOptions = {}) {
    this.#stream = stream;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#handlers = options;
    this.#clipboard = new ClipboardExchange(
      this.#clock,
      (word) => this.#send(word),
      (text) => {
        this.#handlers.clipboard?.(text);
      },
    );
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.once('error', (error) => this.#end(lost(messageOf(error), error)));
    stream.once('end', () => this.#end(lost('it ended')));
    stream.once('close', () => this.#end(lost('it closed')));
    this.#announce(true);
  }

  /** What the agent can do; undefined until one has answered. */
  get capabilities(): ReadonlySet<Capability> | undefined {
    return this.#agent;
  }

  /** Puts text on the guest's clipboard. The guest fetches it when somebody pastes. */
  setClipboard(text: string): ClipboardOutcome {
    if (this.#over) return { kind: 'closed' };
    const bytes = Buffer.byteLength(text);
    if (bytes > CLIPBOARD_TEXT_BYTES_MAX)
      return { kind: 'tooLarge', bytes, bytesMax: CLIPBOARD_TEXT_BYTES_MAX };
    this.#clipboard.keep(text);
    if (this.#agent === undefined) return { kind: 'waiting' };
    if (!this.#agent.has('clipboardByDemand')) return { kind: 'notSupported' };
    this.#clipboard.offer();
    return { kind: 'offered' };
  }

  /** Tells the guest what its monitors are. The last word is repeated to an agent that is restarted. */
  setMonitors(monitors: readonly Monitor[]): MonitorsOutcome {
    if (this.#over) return { kind: 'closed' };
    if (!isWall(monitors)) return { kind: 'outOfBounds' };
    this.#monitors = [...monitors];
    if (this.#agent === undefined) return { kind: 'waiting' };
    if (!this.#agent.has('monitorsConfig')) return { kind: 'notSupported' };
    this.#send({ name: 'monitorsConfig', monitors: this.#monitors });
    return { kind: 'sent' };
  }

  /** Tells the guest that its client is gone, so that it lets go of the clipboard, and ends the channel. */
  close(): void {
    if (this.#over) return;
    this.#send({ name: 'clientDisconnected' });
    this.#end(undefined);
  }

  #announce(request: boolean): void {
    this.#send({ name: 'announceCapabilities', request, capabilities: OURS });
    this.#send({ name: 'maxClipboard', bytes: CLIPBOARD_TEXT_BYTES_MAX });
  }

  #read(chunk: Buffer): void {
    if (this.#over) return;
    this.#decoder.push(chunk, (decoded) => {
      this.#calm();
      this.#decoded(decoded);
    });
    if (this.#over || !this.#decoder.midway) this.#calm();
    else this.#cancelMidway ??= this.#clock.after(MESSAGE_TIMEOUT_MS, () => this.#stuck());
  }

  /** A message came to its end: the time allowed for one begins anew. */
  #calm(): void {
    this.#cancelMidway?.();
    this.#cancelMidway = undefined;
  }

  /** The sender of half a message is dead; whoever speaks now begins anew, and may have been swallowed. */
  #stuck(): void {
    this.#cancelMidway = undefined;
    this.#log.warn({}, 'the agent left a message unfinished; looking for the next one');
    this.#decoder.resync();
    this.#beginAnew();
  }

  /** The agent is unknown until it answers; then what was offered is offered again. */
  #beginAnew(): void {
    this.#agent = undefined;
    this.#announce(true);
  }

  #decoded(decoded: Decoded): void {
    if (this.#over) return;
    switch (decoded.kind) {
      case 'message':
        this.#heard(decodeMessage(decoded.type, decoded.data, this.#selections));
        break;
      case 'skipped':
        this.#log.info(decoded, 'the agent sent a message that is too long');
        if (decoded.type === MESSAGE.clipboard) {
          this.#handlers.refused?.({ kind: 'tooLarge', bytesMax: CLIPBOARD_TEXT_BYTES_MAX });
          this.#clipboard.answered();
        }
        break;
      case 'resynced':
        this.#log.warn(decoded, 'the agent sent bytes that are no message');
        this.#beginAnew();
        break;
      case 'lost':
        this.#end(new OrangeryError('vdagentGarbage', `${decoded.bytes} bytes came that are no agent's`));
        break;
    }
  }

  get #selections(): boolean {
    return this.#agent?.has('clipboardSelection') ?? false;
  }

  #heard(message: ReturnType<typeof decodeMessage>): void {
    switch (message.name) {
      case 'announceCapabilities':
        this.#agentAnnounced(message);
        break;
      case 'clipboardGrab':
        this.#clipboard.guestGrabbed(message);
        break;
      case 'clipboard':
        this.#clipboard.guestHandedOver(message);
        break;
      case 'clipboardRequest':
        this.#clipboard.handOver(message, this.#agent?.has('guestLineEndCrlf') ?? false);
        break;
      case 'malformed':
        this.#log.warn(message, 'the agent sent a message that makes no sense');
        break;
      case 'reply':
        this.#log.debug(message, 'the agent replied');
        break;
      case 'monitorsConfig':
      case 'clipboardRelease':
      case 'maxClipboard':
      case 'clientDisconnected':
      case 'fileXferStart':
      case 'fileXferStatus':
      case 'fileXferData':
      case 'mouseState':
      case 'displayConfig':
      case 'audioVolumeSync':
      case 'graphicsDeviceInfo':
        break;
    }
  }

  #agentAnnounced(message: Extract<AgentMessage, { name: 'announceCapabilities' }>): void {
    const first = this.#agent === undefined;
    this.#agent = message.capabilities;
    // With request: it has just opened its port, and knows nothing of us nor of what we offered.
    if (message.request) this.#announce(true);
    if (!message.request && !first) return;
    this.#clipboard.answered();
    if (message.capabilities.has('clipboardByDemand')) this.#clipboard.offer();
    if (this.#monitors !== undefined) this.setMonitors(this.#monitors);
    this.#handlers.ready?.(message.capabilities);
  }

  #send(word: SpokenMessage): void {
    if (this.#over || this.#stream.destroyed) return;
    this.#stream.write(encodeMessage(MESSAGE[word.name], encodeData(word, this.#selections)));
    if (this.#stream.writableLength <= BACKLOG_BYTES_MAX) return;
    this.#end(new OrangeryError('vdagentNotReading', 'the guest does not read its agent channel'));
  }

  #end(error: OrangeryError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#clipboard.end();
    this.#cancelMidway?.();
    this.#stream.on('error', () => {});
    // By `close()`: lets the goodbye out first, and does not wait for a guest that never reads it.
    if (error === undefined) this.#stream.end();
    if (error === undefined) this.#clock.after(GOODBYE_MS, () => this.#stream.destroy());
    else this.#stream.destroy();
    this.#handlers.closed?.(error);
  }
}
