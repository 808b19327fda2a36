import type { Api } from './api.ts';

export type Losses = Awaited<ReturnType<Api['groups']['losses']>>;

const TOLD_MAX = 10;

/** Who would lose what, a person a line; the first ten, and how many more there are. */
export function lossesInWords({ count, people }: Losses): string {
  const lines = people.slice(0, TOLD_MAX).map(({ name, email, desktops, applications }) => {
    const things = [
      ...desktops.map(({ title, session }) => (session === null ? title : `${title} (has it open)`)),
      ...applications,
    ];
    return `  ${email === null ? name : `${name}, ${email}`}: ${things.join(', ')}`;
  });
  const more = count - lines.length;
  return [
    `${count === 1 ? 'One person' : `${count} people`} would lose what they have no other way to:`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}
