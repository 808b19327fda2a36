type FreeMachine = { id: string; ready: boolean };

export type PoolView = {
  readyCount: number;
  /** Why so many. */
  readyReason: string;
  machinesMax: number;
  /** Machines that are free or on their way, of the version that the pool serves. */
  free: readonly FreeMachine[];
  /** The same of the version that is rolled out to it. */
  next: readonly FreeMachine[];
  /** How many of that version are to be free now, and whether it takes over altogether; undefined: nothing is rolled out. */
  rollout: { share: number; last: boolean } | undefined;
  /** Free machines of any other version or size: replaced as soon as their replacements are ready. */
  outdated: readonly FreeMachine[];
  inUse: number;
  /** Sessions that wait without a machine, and may have one anywhere. */
  waiting: number;
  /** Machines that are to be made where files of people who wait are: one elsewhere is of no use to them. */
  homes: number;
  /** Why no more are made now; undefined: nothing stands against it. */
  pause: string | undefined;
};

export type PoolDecision = {
  /** Where files of people who wait are. */
  createHome: number;
  /** Of the version that the pool serves. */
  create: number;
  /** Of the version that is rolled out. */
  createNext: number;
  retire: string[];
  reason: string;
};

/**
 * How many machines to make and which to throw away, so that `readyCount` wait beside those in use. What is older goes
 * only as what is newer becomes ready; where the pool's limit leaves no room for both, one at a time gives way.
 */
export function decidePool(view: PoolView): PoolDecision {
  const { free, next, rollout, outdated } = view;
  const paused = view.pause !== undefined;
  const homes = paused ? 0 : view.homes;
  const wanted = view.readyCount + view.waiting;
  const readyOf = (machines: readonly FreeMachine[]): number => machines.filter(({ ready }) => ready).length;
  const readyNext = readyOf(next);
  const share = rollout?.share ?? 0;
  const kept = Math.max(0, wanted - readyNext);
  const room = Math.max(0, view.machinesMax - (free.length + next.length + outdated.length + view.inUse));
  const missingNext = Math.max(0, share - next.length);
  const missing = rollout?.last === true ? 0 : Math.max(0, kept - free.length);

  // An outdated machine is better than none: it goes when a new one stands in its place, or when there is no room.
  const stillServe = Math.max(0, wanted - readyOf(free) - readyNext);
  const inTheWay = Math.max(0, homes + missing + missingNext - room);
  const retire = [
    ...readyFirst(free).slice(kept),
    ...readyFirst(next).slice(share),
    ...readyFirst(outdated).slice(Math.max(0, Math.min(stillServe, outdated.length - inTheWay))),
  ].map(({ id }) => id);
  const fromBelow = readyFirst(free).slice(0, kept).at(-1);
  const stuck = missingNext > 0 && room === 0 && next.length === readyNext && retire.length === 0;
  if (stuck && fromBelow !== undefined) retire.push(fromBelow.id);
  // Who waits for a machine where their files are comes before machines that nobody waits for.
  const giveWay = Math.max(0, Math.min(homes - room - retire.length, free.length - view.waiting));
  if (giveWay > 0) retire.push(...notYet(free, retire).slice(-giveWay));

  const createHome = Math.min(homes, room);
  const createNext = Math.min(missingNext, room - createHome);
  const create = paused ? 0 : Math.min(missing, room - createHome - createNext);
  const decision = { createHome, create, createNext, retire };
  if (view.pause !== undefined && missing + view.homes > 0) return { ...decision, reason: view.pause };
  const made = createHome + create + createNext;
  return { ...decision, reason: reasonFor() };

  function reasonFor(): string {
    if (made < homes + missing + missingNext)
      return `the pool's limit of ${view.machinesMax} machines is reached`;
    if (createHome > 0) return `${made} more, ${createHome} of them where people's files are`;
    return made === 0
      ? `${readyOf(free) + readyNext} ready (${view.readyReason})`
      : `${made} more to have ${wanted} free (${view.readyReason})`;
  }
}

/** Those that are not to go already, as they would go. */
function notYet(machines: readonly FreeMachine[], going: readonly string[]): string[] {
  return readyFirst(machines).flatMap(({ id }) => (going.includes(id) ? [] : [id]));
}

/** Of those that are too many, the ones nobody could have yet go first, then the youngest. */
function readyFirst(machines: readonly FreeMachine[]): readonly FreeMachine[] {
  return machines.toSorted((a, b) => Number(b.ready) - Number(a.ready));
}
