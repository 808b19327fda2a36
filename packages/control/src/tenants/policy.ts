/** How many of each kind of thing a tenant has. */
export type Holdings = {
  people: number;
  groups: number;
  pools: number;
  images: number;
  machines: number;
  sessions: number;
  files: number;
};

const WORDS: Readonly<Record<keyof Holdings, readonly [one: string, many: string]>> = {
  people: ['person', 'people'],
  groups: ['group', 'groups'],
  pools: ['pool', 'pools'],
  images: ['image', 'images'],
  machines: ['machine', 'machines'],
  sessions: ['open session', 'open sessions'],
  files: ['disk with people’s files', 'disks with people’s files'],
};

/** What is in a tenant, in words; undefined: nothing is, so that it may go. */
export function whatIsIn(has: Holdings): string | undefined {
  const parts = Object.entries(WORDS).flatMap(([kind, [one, many]]) => {
    const count = has[kind as keyof Holdings];
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  if (parts.length < 2) return parts[0];
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** What people of a suspended tenant are told. */
export function suspensionOf(tenant: string, reason: string | null): string {
  return `${tenant} is suspended${reason === null ? '' : `: ${reason.replace(/[.!]$/, '')}`}. Ask who runs this Orangery.`;
}
