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
