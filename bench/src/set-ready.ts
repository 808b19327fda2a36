import type { Installation } from '@orangery/tests';

const SETTLE_TIMEOUT_MS = 600_000;

/** One whose person has just left is as it was until it is taken away. */
const isReady = ({ phase, desired }: { phase: string; desired: string }): boolean =>
  phase === 'ready' && desired === 'running';

/** Until so many wait, and nothing else is there. */
export async function setReady(
  installation: Installation,
  poolId: string,
  readyCount: number,
): Promise<void> {
  const { api, db } = installation;
  await api.pools.update({ id: poolId, readyCount });
  await installation.until(
    `${readyCount} ready machines`,
    async () => {
      const machines = await db.selectFrom('machine').select(['phase', 'desired']).execute();
      return machines.length === readyCount && machines.every(isReady);
    },
    SETTLE_TIMEOUT_MS,
  );
}
