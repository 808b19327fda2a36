import type { Clock } from '@orangery/std';
import { CLIPBOARD_ANSWER_TIMEOUT_MS } from './limits.ts';
import type { AgentMessage, SpokenMessage } from './messages.ts';
import { CLIPBOARD_TYPE, SELECTION } from './tables.ts';

type Word<Name> = Extract<AgentMessage, { name: Name }>;

/**
 * Both directions of the clipboard, by demand: who copies says so (grab), who pastes asks (request), and only
 * then the text travels. X11's primary selection, which follows every mark of the mouse, stays in the guest.
 *
 *     ours:    keep ─► offer (grab) ─► guest requests ─► hand over        ends when the guest grabs
 *     guest's: none ─ grab ─► asked ─ text, or too long without ─► none   a grab while asked: asks again
 */
export class ClipboardExchange {
  #ours: string | undefined;
  #guestCopy: 'none' | 'asked' | 'again' = 'none';
  #cancelAnswer: (() => void) | undefined;
  #clock: Clock;
  #send: (word: SpokenMessage) => void;
  #received: (text: string) => void;

  constructor(clock: Clock, send: (word: SpokenMessage) => void, received: (text: string) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#received = received;
  }

  keep(text: string): void {
    this.#ours = text;
  }

  /** Says that we have text, if we have. */
  offer(): void {
    if (this.#ours === undefined) return;
    this.#send({ name: 'clipboardGrab', selection: SELECTION.clipboard, types: [CLIPBOARD_TYPE.utf8Text] });
  }

  guestGrabbed(grab: Word<'clipboardGrab'>): void {
    if (grab.selection !== SELECTION.clipboard) return;
    this.#ours = undefined;
    if (grab.types.includes(CLIPBOARD_TYPE.utf8Text)) this.#ask();
  }

  guestHandedOver(clipboard: Word<'clipboard'>): void {
    if (clipboard.selection !== SELECTION.clipboard || this.#guestCopy === 'none') return;
    const wanted = clipboard.type === CLIPBOARD_TYPE.utf8Text && clipboard.data.length > 0;
    this.answered();
    if (wanted) this.#received(clipboard.data.toString('utf8').replaceAll('\r\n', '\n'));
  }

  /** The guest pastes what was offered; it is always answered, since the pasting program waits. */
  handOver(request: Word<'clipboardRequest'>, crlf: boolean): void {
    const { selection, type } = request;
    const ours =
      type === CLIPBOARD_TYPE.utf8Text && selection === SELECTION.clipboard ? this.#ours : undefined;
    const data = Buffer.from((crlf ? ours?.replaceAll(/\r?\n/g, '\r\n') : ours) ?? '');
    const given = ours === undefined ? CLIPBOARD_TYPE.none : CLIPBOARD_TYPE.utf8Text;
    this.#send({ name: 'clipboard', selection, type: given, data });
  }

  /** The question is settled; the guest may have copied again meanwhile. */
  answered(): void {
    this.#cancelAnswer?.();
    this.#cancelAnswer = undefined;
    const again = this.#guestCopy === 'again';
    this.#guestCopy = 'none';
    if (again) this.#ask();
  }

  end(): void {
    this.#cancelAnswer?.();
    this.#cancelAnswer = undefined;
  }

  /** One question at a time, however fast the guest copies. */
  #ask(): void {
    if (this.#guestCopy !== 'none') {
      this.#guestCopy = 'again';
      return;
    }
    this.#guestCopy = 'asked';
    this.#cancelAnswer = this.#clock.after(CLIPBOARD_ANSWER_TIMEOUT_MS, () => this.answered());
    this.#send({ name: 'clipboardRequest', selection: SELECTION.clipboard, type: CLIPBOARD_TYPE.utf8Text });
  }
}
