/** What is put in order on the portal: a desktop or an application. */
export type Arranged = {
  title: string;
  description: string;
  favourite: boolean;
  usedAt: string | null;
  session: object | null;
};

/** From how many things on it is quicker to type than to look. */
export const SEARCHED_MIN = 7;

const fold = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** Whether each word that is typed is in it, accents or not. */
export function fits({ title, description }: Arranged, search: string): boolean {
  const text = fold(`${title} ${description}`);
  return fold(search)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What is open, then what was put first, then what was used last; the rest by title. */
export function arrange<T extends Arranged>(things: readonly T[], search: string): T[] {
  const rank = ({ session, favourite, usedAt }: T): number =>
    session !== null ? 0 : favourite ? 1 : usedAt !== null ? 2 : 3;
  return things
    .filter((each) => fits(each, search))
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (rank(a) === 2 ? (b.usedAt ?? '').localeCompare(a.usedAt ?? '') : a.title.localeCompare(b.title)),
    );
}
