export type PoolView = {
  readyCount: number;
  /** Why so many. */
  readyReason: string;
  machinesMax: number;
  /** Machines that are free or on their way, of the newest template of their host. */
  free: readonly { id: string; ready: boolean }[];
  /** Free machines of an older image version: replaced as soon as their replacements are ready. */
  outdated: readonly { id: string }[];
  inUse: number;
  /** Sessions that wait without a machine. */
  waiting: number;
  /** Machines that failed in the last minutes: a pool that only fails must not go on for ever. */
  recentFailures: number;
};

export const RECENT_FAILURES_MAX = 3;

export type PoolDecision = {
  create: number;
  retire: string[];
  reason: string;
};

/** How many machines to make and which to throw away, so that `readyCount` wait beside those in use. */
export function decidePool(view: PoolView): PoolDecision {
  const wanted = view.readyCount + view.waiting;
  const surplus = view.free.slice(wanted).map(({ id }) => id);
  const missing = Math.max(0, wanted - view.free.length);
  const total = view.free.length + view.outdated.length + view.inUse;
  const room = Math.max(0, view.machinesMax - total);
  const readyFree = view.free.filter(({ ready }) => ready).length;
  // An outdated machine is better than none: it goes when a new one stands in its place, or when there is no room.
  const stillServe = Math.max(0, wanted - readyFree);
  const inTheWay = Math.max(0, missing - room);
  const replaced = view.outdated
    .slice(0, Math.max(view.outdated.length - stillServe, inTheWay))
    .map(({ id }) => id);
  const retire = [...surplus, ...replaced];
  if (missing > 0 && view.recentFailures >= RECENT_FAILURES_MAX) {
    return {
      create: 0,
      retire,
      reason: `${view.recentFailures} machines failed lately: waits before it makes more`,
    };
  }
  const create = Math.min(missing, room);
  if (create < missing) {
    return { create, retire, reason: `the pool's limit of ${view.machinesMax} machines is reached` };
  }
  return {
    create,
    retire,
    reason:
      create === 0
        ? `${readyFree} ready (${view.readyReason})`
        : `${create} more to have ${wanted} free (${view.readyReason})`,
  };
}
