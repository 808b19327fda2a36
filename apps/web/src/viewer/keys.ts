export const KEYSYM = { backSpace: 0xff08, tab: 0xff09, enter: 0xff0d } as const;

const UNICODE_KEYSYMS = 0x01_00_00_00;

/** The X11 keysym of a character: Latin-1 is itself, the rest has a range of its own (X11 protocol, appendix A). */
export function keysymOf(character: string): number | undefined {
  const point = character.codePointAt(0);
  if (point === undefined) return undefined;
  if (character === '\n' || character === '\r') return KEYSYM.enter;
  if (character === '\t') return KEYSYM.tab;
  if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return undefined;
  return point <= 0xff ? point : UNICODE_KEYSYMS + point;
}

/** The keys that type a text, in order; what no key types is left out. */
export function keysymsOf(text: string): number[] {
  return Array.from(text.replaceAll('\r\n', '\n')).flatMap((character) => keysymOf(character) ?? []);
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
