/** A pasted list can be anything; a group of a whole school is put together from several. */
export const ADDRESSES_MAX = 2_000;

/** What surrounds addresses in lists of mail programs and tables. */
const AROUND = /[\s,;<>()"']+/;
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The e-mail addresses in a text that somebody pasted, each once, in their order. */
export function addressesIn(text: string): string[] {
  const found = text
    .split(AROUND)
    .map((word) =>
      word
        .replace(/^mailto:/i, '')
        .replace(/[.:]+$/, '')
        .toLowerCase(),
    )
    .filter((word) => ADDRESS.test(word) && word.length <= 254);
  return [...new Set(found)];
}
