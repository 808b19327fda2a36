const LENGTH_MAX = 31;

/** A title as the name of a row: `Firefox ESR` is `firefox-esr`. */
export function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, LENGTH_MAX)
    .replaceAll(/-+$/g, '');
  return slug === '' ? 'application' : slug;
}

/** The same, with a number where others have it. */
export function freeSlug(title: string, taken: ReadonlySet<string>): string {
  const slug = slugOf(title);
  if (!taken.has(slug)) return slug;
  for (let number = 2; ; number += 1) {
    const next = `${slug.slice(0, LENGTH_MAX - 1 - String(number).length)}-${number}`;
    if (!taken.has(next)) return next;
  }
}
