import type { Image, Pool } from '../../../api/client.ts';

export type Version = Image['versions'][number];

/** Which of an image's pools make their machines from a version, by following or by being kept on it. */
export function poolsOf(
  { id, current }: Pick<Version, 'id' | 'current'>,
  pools: readonly Pool[],
): { following: Pool[]; kept: Pool[] } {
  return {
    following: current ? pools.filter(({ imageVersionId }) => imageVersionId === null) : [],
    kept: pools.filter(({ imageVersionId }) => imageVersionId === id),
  };
}

/** "Office, Lab and Library". */
export function named(pools: readonly { title: string }[]): string {
  return new Intl.ListFormat('en').format(pools.map(({ title }) => title));
}

/** What a version's state is: of a draft, how its machine is, and why it does not go on. */
export function stateOf({
  phase,
  progress,
  reason,
  draft,
}: Pick<Version, 'phase' | 'progress' | 'reason' | 'draft'>): Pick<Version, 'progress' | 'reason'> & {
  phase: string;
} {
  if (draft === null || phase !== 'authoring') return { phase, progress, reason };
  return {
    phase: draft.phase === 'open' ? 'authoring' : draft.phase,
    progress: draft.progress,
    reason: draft.reason ?? (draft.phase === 'open' ? `Open on ${draft.host}, in no pool.` : null),
  };
}

/** Where a version comes from, as the beginning of a line. */
export function origin({ source, base }: Pick<Version, 'source' | 'base'>): string {
  if (source === 'draft') return base === null ? 'changed by hand ' : `changed from ${base} `;
  return { recipe: '', refresh: 'refreshed ', import: 'imported ', installer: 'installed ' }[source];
}
