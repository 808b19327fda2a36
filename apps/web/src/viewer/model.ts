import { client, type ConnectAnswer } from '../api/client.ts';
import { codeOf, messageOf } from '../api/errors.ts';
import { browserClock, type Clock } from '../clock.ts';
import { browserClipboard, ClipboardSync, type Sent } from './clipboard.ts';
import { Connection } from './connection.ts';
import { desktopSize, type FitMode, isScaled, type Size } from './fit.ts';
import type { Quality } from './pulse.ts';
import { ViewerSession } from './session.ts';
import type { EndCode, ViewerState } from './state.ts';

/** A window is dragged through many sizes; the desktop takes the one it rests at. */
const RESIZE_REST_MS = 250;

export type ViewerView = {
  state: ViewerState;
  quality: Quality | undefined;
  fit: FitMode;
  clipboard: { available: boolean; text: string };
  notice: { code: string; text: string; count: number } | undefined;
};

/** A person's session, a version that an administrator changes, or the console of a machine that nobody works on. */
export type Viewed = { kind: 'session' | 'draft' | 'machine'; because?: string | undefined };

/** Joins the parts of a viewer to the page: one picture, one clipboard, one session. React only looks at it. */
export class ViewerModel {
  readonly session: ViewerSession;
  readonly #clock: Clock = browserClock;
  readonly #clipboard: ClipboardSync;
  readonly #listeners = new Set<() => void>();
  #view: ViewerView;
  #connection: Connection | undefined;
  #stage: HTMLElement | undefined;
  #ghost: HTMLCanvasElement | undefined;
  #picture: Size | undefined;
  #asked: Size | undefined;
  #cancelResize = (): void => {};

  constructor(id: string, of: Viewed = { kind: 'session' }) {
    const connect = {
      session: (signal: AbortSignal) => client.sessions.connect({ id }, { signal }),
      draft: (signal: AbortSignal) => client.drafts.connect({ id }, { signal }),
      machine: (signal: AbortSignal) =>
        client.machines.connect(
          { id, ...(of.because === undefined ? {} : { because: of.because }) },
          { signal },
        ),
    }[of.kind];
    this.session = new ViewerSession({
      clock: this.#clock,
      ask: (signal): Promise<ConnectAnswer> => connect(signal),
      endOf,
      messageOf,
      // What `fetch` itself throws is that it reached nobody.
      reached: (error) => !(error instanceof TypeError),
      open: (ticket) => this.#open(ticket),
    });
    this.#clipboard = new ClipboardSync({
      ...browserClipboard,
      send: (text) => this.#connection?.sendClipboard(text),
      show: (text) => this.#change({ clipboard: { ...this.#view.clipboard, text } }),
    });
    this.#view = {
      state: this.session.state,
      quality: undefined,
      fit: 'follow',
      clipboard: { available: false, text: '' },
      notice: undefined,
    };
    this.session.subscribe(() => this.#change({ state: this.session.state }));
  }

  getView = (): ViewerView => this.#view;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Shows itself in these elements until called off. */
  attach(stage: HTMLElement, ghost: HTMLCanvasElement): () => void {
    this.#stage = stage;
    this.#ghost = ghost;
    const listening = new AbortController();
    const { signal } = listening;
    const sizes = new ResizeObserver(() => this.#viewChanged());
    sizes.observe(stage);
    window.addEventListener('focus', this.#focused, { signal });
    window.addEventListener('online', this.#lineChanged, { signal });
    document.addEventListener(
      'visibilitychange',
      () => {
        if (document.visibilityState === 'visible') this.session.hurry();
      },
      { signal },
    );
    this.session.start();
    return () => {
      listening.abort();
      sizes.disconnect();
      this.#cancelResize();
      this.session.stop();
      this.#connection = undefined;
    };
  }

  setFit(fit: FitMode): void {
    this.#change({ fit });
    this.#asked = undefined;
    this.#applyFit();
    if (fit === 'follow') this.#askSize();
  }

  /** From the panel: the text a person wants in the desktop. */
  sendClipboard(text: string): Sent {
    const sent = this.#clipboard.send(text);
    this.#change({ clipboard: { ...this.#view.clipboard, text } });
    return sent;
  }

  focus(): void {
    this.#connection?.rfb.focus({ preventScroll: true });
  }

  #focused = (): void => void this.#clipboard.focused();

  /** Another network, or one at all: what was connected may hang for long, and nothing has to wait. */
  #lineChanged = (): void => {
    this.session.hurry();
    this.#connection?.doubt();
  };

  #open(ticket: string): Connection {
    const stage = this.#stage;
    if (stage === undefined) throw new Error('A viewer opens nothing before it is attached');
    this.#asked = undefined;
    const connection = new Connection(stage, ticket, this.#clock, {
      pictured: ({ clipboard }) => {
        this.#change({ clipboard: { ...this.#view.clipboard, available: clipboard } });
        this.session.tell({ type: 'pictured' });
        if (this.#view.fit === 'follow') this.#askSize();
        if (!isTyping()) this.focus();
        this.#clipboard.connected();
        this.#focused();
      },
      clipboard: (text) => void this.#clipboard.receive(text),
      notice: (code, text) => this.#notice(code, text),
      measured: (quality) => this.#change({ quality }),
      resized: (picture) => {
        this.#picture = picture;
        this.#applyFit();
      },
      closed: (code, reason) => {
        this.#keepPicture(connection);
        this.session.tell({ type: 'closed', code, reason });
      },
      lost: (reason) => {
        this.#keepPicture(connection);
        this.session.tell({ type: 'lost', reason });
      },
    });
    this.#connection = connection;
    return connection;
  }

  #notice(code: string, text: string): void {
    if (code === 'agentLost' || code === 'agentReady') {
      this.#change({ clipboard: { ...this.#view.clipboard, available: code === 'agentReady' } });
      // Before it was there the size was asked of the console, which may have refused it.
      this.#asked = undefined;
      if (code === 'agentReady' && this.#view.fit === 'follow') this.#askSize();
      return;
    }
    this.#change({ notice: { code, text, count: (this.#view.notice?.count ?? 0) + 1 } });
  }

  #viewChanged(): void {
    this.#applyFit();
    this.#cancelResize();
    this.#cancelResize = this.#clock.after(RESIZE_REST_MS, () => {
      if (this.#view.fit === 'follow') this.#askSize();
    });
  }

  #viewSize(): Size {
    return { width: this.#stage?.clientWidth ?? 0, height: this.#stage?.clientHeight ?? 0 };
  }

  #askSize(): void {
    const size = desktopSize(this.#viewSize());
    if (size === undefined || this.session.state.phase !== 'connected') return;
    if (size.width === this.#asked?.width && size.height === this.#asked.height) return;
    this.#asked = size;
    this.#connection?.sendResize(size);
  }

  #applyFit(): void {
    const rfb = this.#connection?.rfb;
    if (rfb === undefined || this.#picture === undefined) return;
    const scaled = isScaled(this.#view.fit, this.#picture, this.#viewSize());
    if (rfb.scaleViewport !== scaled) rfb.scaleViewport = scaled;
  }

  /** The last picture stays, so that nobody loses their place while the line is gone. */
  #keepPicture({ canvas }: Connection): void {
    const ghost = this.#ghost;
    if (canvas === undefined || ghost === undefined || canvas.width === 0) return;
    ghost.width = canvas.width;
    ghost.height = canvas.height;
    ghost.style.width = canvas.style.width;
    ghost.style.height = canvas.style.height;
    ghost.getContext('2d')?.drawImage(canvas, 0, 0);
  }

  #change(change: Partial<ViewerView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function endOf(error: unknown): { code: EndCode; reason: string } | undefined {
  const code = codeOf(error);
  if (code === 'UNAUTHORIZED') return { code: 'signedOut', reason: 'You are signed out.' };
  if (code === 'NOT_FOUND' || code === 'BAD_REQUEST') {
    return { code: 'missing', reason: 'There is no such session, or it is not yours.' };
  }
  if (code === 'FORBIDDEN' || code === 'CONFLICT') return { code: 'refused', reason: messageOf(error) };
  return undefined;
}

/** Whether the focus is where somebody writes: then it stays there. */
function isTyping(): boolean {
  return document.activeElement?.matches('input, textarea') ?? false;
}
