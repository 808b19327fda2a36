import RFB from '@novnc/novnc';
import { DISPLAY_PROTOCOL, DisplayChannel, type ServerControl } from '@orangery/display/browser';
import type { Clock } from '../clock.ts';
import type { Size } from './fit.ts';
import { KEYSYM, type Stroke } from './keys.ts';
import { Pulse, type Quality } from './pulse.ts';

/** From the ticket to a picture. The gateway gives a machine's console and its agent 5 s each. */
const OPENING_MS_MAX = 20_000;

export type ConnectionEvents = {
  /** The desktop can be seen. */
  pictured: (abilities: { clipboard: boolean }) => void;
  clipboard: (text: string) => void;
  notice: (code: string, text: string) => void;
  measured: (quality: Quality) => void;
  /** The desktop has another size. */
  resized: (size: Size) => void;
  /** The gateway said why; nothing comes after it. */
  closed: (code: string, reason: string) => void;
  lost: (reason: string) => void;
};

/**
 * One WebSocket with the picture in it, from a ticket to its end. Never used again after that: the next try makes a
 * new one. It tells of its end once.
 */
export class Connection {
  readonly rfb: RFB;
  readonly #channel: DisplayChannel;
  readonly #socket: WebSocket;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #cancelOpening: () => void;
  readonly #sizes: MutationObserver;
  #canvas: HTMLCanvasElement | undefined;
  #pulse: Pulse | undefined;
  #abilities = { clipboard: false, resize: false };
  #over = false;
  #rfbOver = false;

  constructor(target: HTMLElement, ticket: string, clock: Clock, events: ConnectionEvents) {
    this.#events = events;
    this.#clock = clock;
    this.#socket = new WebSocket(`wss://${location.host}/gateway`, [DISPLAY_PROTOCOL]);
    this.#channel = new DisplayChannel(this.#socket, {
      ticket,
      oncontrol: (message) => this.#control(message),
    });
    this.#socket.addEventListener('message', () => this.#pulse?.heard());
    this.#socket.addEventListener('close', () => this.#lose('The connection was lost.'));
    this.#cancelOpening = clock.after(OPENING_MS_MAX, () =>
      this.#lose('The desktop did not answer in time.'),
    );
    this.#sizes = new MutationObserver(() => this.#tellSize());
    this.rfb = new RFB(target, this.#channel, { shared: true });
    this.rfb.background = 'transparent';
    this.rfb.showDotCursor = true;
    this.rfb.addEventListener('connect', () => this.#pictured(target));
    this.rfb.addEventListener('disconnect', () => {
      this.#rfbOver = true;
      this.#lose('The connection was lost.');
    });
  }

  /** What was last seen, also after the end. */
  get canvas(): HTMLCanvasElement | undefined {
    return this.#canvas;
  }

  sendClipboard(text: string): void {
    if (this.#abilities.clipboard) this.#channel.sendClipboard(text);
  }

  sendResize({ width, height }: Size): void {
    if (this.#abilities.resize) this.#channel.sendResize(width, height, window.devicePixelRatio);
  }

  type(strokes: readonly Stroke[]): void {
    for (const { keysym, shift } of strokes) {
      if (shift) this.rfb.sendKey(KEYSYM.shift, 'ShiftLeft', true);
      this.rfb.sendKey(keysym, null);
      if (shift) this.rfb.sendKey(KEYSYM.shift, 'ShiftLeft', false);
    }
  }

  /** The line changed: what is not heard soon is lost. */
  doubt(): void {
    this.#pulse?.doubt();
  }

  /** Ends it without a word to anybody. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelOpening();
    this.#pulse?.stop();
    this.#sizes.disconnect();
    if (!this.#rfbOver) this.rfb.disconnect();
    // A dead line does not answer a close; whoever waits for it would wait for long.
    this.#socket.close();
  }

  #lose(reason: string): void {
    if (this.#over) return;
    this.close();
    this.#events.lost(reason);
  }

  #pictured(target: HTMLElement): void {
    if (this.#over) return;
    this.#cancelOpening();
    this.#pulse = new Pulse({
      clock: this.#clock,
      ping: (at) => this.#channel.sendPing(at),
      measured: (quality) => this.#events.measured(quality),
      silent: () => this.#lose('The connection does not answer.'),
    });
    // noVNC adds its screen to whatever the target holds.
    this.#canvas = [...target.querySelectorAll('canvas')].at(-1);
    if (this.#canvas !== undefined) {
      this.#canvas.setAttribute('aria-label', 'Desktop');
      this.#sizes.observe(this.#canvas, { attributes: true, attributeFilter: ['width', 'height'] });
    }
    this.rfb.resizeSession = !this.#abilities.resize;
    this.#events.pictured({ clipboard: this.#abilities.clipboard });
    this.#tellSize();
  }

  #tellSize(): void {
    if (this.#canvas === undefined || this.#over) return;
    const { width, height } = this.#canvas;
    if (width > 0 && height > 0) this.#events.resized({ width, height });
  }

  #control(message: ServerControl): void {
    if (this.#over) return;
    switch (message.type) {
      case 'opened':
        this.#abilities = { clipboard: message.clipboard, resize: message.resize };
        break;
      case 'clipboard':
        this.#events.clipboard(message.text);
        break;
      case 'pong':
        this.#pulse?.pong(message.at, {
          bytes: this.#channel.pictureBytes,
          pictures: message.pictures,
          rough: message.rough,
        });
        break;
      case 'notice':
        this.#events.notice(message.code, message.text);
        break;
      case 'closed':
        this.close();
        this.#events.closed(message.code, message.reason);
        break;
    }
  }
}
