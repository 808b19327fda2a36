export const KEYSYM = { backSpace: 0xff08, tab: 0xff09, enter: 0xff0d, shift: 0xffe1 } as const;

/** One key, pressed and let go; with Shift held around it where the character needs it. */
export type Stroke = { keysym: number; shift: boolean };

const SHIFTED = /[A-Z~!@#$%^&*()_+{}|:"<>?]/;
const PLAIN: Readonly<Record<string, number>> = {
  '\n': KEYSYM.enter,
  '\r': KEYSYM.enter,
  '\t': KEYSYM.tab,
};

/**
 * The strokes that type a text, in order, and what no key types. A console takes keys, not characters: QEMU finds
 * the key of a keysym on a US keyboard and does not press Shift by itself, so that only ASCII can be typed and only
 * a desktop with the US layout reads it back unchanged.
 */
export function strokesOf(text: string): { strokes: Stroke[]; left: string } {
  const strokes: Stroke[] = [];
  let left = '';
  for (const character of text.replaceAll('\r\n', '\n')) {
    const plain = PLAIN[character];
    if (plain !== undefined) strokes.push({ keysym: plain, shift: false });
    else if (/^[ -~]$/.test(character)) {
      strokes.push({ keysym: character.charCodeAt(0), shift: SHIFTED.test(character) });
    } else left += character;
  }
  return { strokes, left };
}

const CHORD = ['Control', 'Alt', 'Shift'];

/**
 * Notices Ctrl, Alt and Shift held together and let go with nothing else pressed. Only then, so that the desktop has
 * seen each key go up again and none hangs in it.
 */
export class ChordWatcher {
  #down = new Set<string>();
  #armed = false;
  #spoiled = false;

  /** True when the chord was just completed. */
  key(type: 'keydown' | 'keyup', key: string): boolean {
    // With Shift, Alt is called Meta by some systems.
    const name = key === 'Meta' ? 'Alt' : key;
    if (type === 'keydown') {
      if (!CHORD.includes(name)) this.#spoiled = true;
      this.#down.add(name);
      this.#armed ||= CHORD.every((each) => this.#down.has(each));
      return false;
    }
    this.#down.delete(name);
    if (CHORD.some((each) => this.#down.has(each))) return false;
    const complete = this.#armed && !this.#spoiled;
    this.reset();
    return complete;
  }

  /** Keys that went up elsewhere are never reported. */
  reset(): void {
    this.#down.clear();
    this.#armed = this.#spoiled = false;
  }
}
