/** As much as the guest's agent carries. */
export const CLIPBOARD_BYTES_MAX = 1024 * 1024;

export type ClipboardPorts = {
  /** The browser's clipboard; refused without permission or focus. */
  read: () => Promise<string>;
  write: (text: string) => Promise<void>;
  /** Whether reading asks nobody. */
  mayRead: () => Promise<boolean>;
  hasFocus: () => boolean;
  /** To the machine. */
  send: (text: string) => void;
  /** The panel shows this text. */
  show: (text: string) => void;
};

export type Sent = { kind: 'sent' } | { kind: 'tooLarge'; bytes: number } | { kind: 'unchanged' };

/**
 * Keeps the clipboards of browser and desktop the same, as far as the browser lets it. What one side was given by
 * the other is never sent back.
 */
export class ClipboardSync {
  readonly #ports: ClipboardPorts;
  #last: string | undefined;
  /** Whether that came from the browser. */
  #given = false;
  /** Came while the page had no focus: browsers let only the focused page write. */
  #unwritten: string | undefined;

  constructor(ports: ClipboardPorts) {
    this.#ports = ports;
  }

  /** From the machine. */
  async receive(text: string): Promise<void> {
    if (text === this.#last) return;
    this.#last = text;
    this.#given = false;
    this.#unwritten = text;
    this.#ports.show(text);
    await this.#write();
  }

  /** From the panel. */
  send(text: string): Sent {
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > CLIPBOARD_BYTES_MAX) return { kind: 'tooLarge', bytes };
    if (text === this.#last) return { kind: 'unchanged' };
    this.#last = text;
    this.#given = true;
    this.#unwritten = undefined;
    this.#ports.send(text);
    return { kind: 'sent' };
  }

  /** A new line to the machine: it let go of what it was given when the one before ended. */
  connected(): void {
    if (this.#given && this.#last !== undefined) this.#ports.send(this.#last);
  }

  /** The page has the focus: what was copied in the browser meanwhile goes to the machine. */
  async focused(): Promise<void> {
    if (this.#unwritten !== undefined) {
      await this.#write();
      return;
    }
    if (!(await this.#ports.mayRead())) return;
    const text = await this.#ports.read().catch(() => '');
    if (text === '' || !this.#ports.hasFocus()) return;
    if (this.send(text).kind === 'sent') this.#ports.show(text);
  }

  async #write(): Promise<void> {
    const text = this.#unwritten;
    if (text === undefined || !this.#ports.hasFocus()) return;
    await this.#ports
      .write(text)
      .then(() => {
        if (this.#unwritten === text) this.#unwritten = undefined;
      })
      // Without permission the panel has it, and a button to copy it.
      .catch(() => (this.#unwritten = undefined));
  }
}

/** The clipboard of a real browser. Some have none, some ask each time. */
export const browserClipboard = {
  read: (): Promise<string> => navigator.clipboard.readText(),
  write: (text: string): Promise<void> => navigator.clipboard.writeText(text),
  hasFocus: (): boolean => document.hasFocus(),
  async mayRead(): Promise<boolean> {
    try {
      const { state } = await navigator.permissions.query({ name: 'clipboard-read' as PermissionName });
      return state === 'granted';
    } catch {
      return false;
    }
  },
};
