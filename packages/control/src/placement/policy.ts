export type HostLoad = {
  hostId: string;
  name: string;
  ready: boolean;
  machines: number;
  templateId: string;
  /** Where files follow people: how many whose files are on it may come, and how many machines wait for them there. */
  homes?: { people: number; free: number };
};

export type Placement =
  | { kind: 'host'; hostId: string; templateId: string; reason: string }
  | { kind: 'none'; reason: string };

/**
 * Where the next machine goes, among the hosts that can take one now: where most people for each machine that waits have
 * their files, as one elsewhere is of no use to them; else where the fewest machines are.
 */
export function decidePlacement(hosts: readonly HostLoad[]): Placement {
  const usable = hosts.filter((host) => host.ready);
  const people = usable.reduce((sum, { homes }) => sum + (homes?.people ?? 0), 0);
  // Who comes for the first time may be anywhere: a host without anybody's files gets some, too.
  const strangers = Math.max(1, people * STRANGERS);
  const askedFor = ({ homes }: HostLoad): number =>
    homes === undefined ? 0 : (homes.people + strangers) / (homes.free + 1);
  const [best] = usable.toSorted(
    (a, b) =>
      askedFor(b) - askedFor(a) ||
      a.machines - b.machines ||
      (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
  if (best === undefined) {
    return { kind: 'none', reason: `none of ${hosts.length} hosts with this template is ready` };
  }
  const { hostId, templateId, name, machines, homes } = best;
  const why =
    homes === undefined || homes.people === 0
      ? `has the fewest machines (${machines}) of ${usable.length} ready hosts`
      : `keeps the files of ${homes.people} people, and ${homes.free} machines wait there`;
  return { kind: 'host', hostId, templateId, reason: `${name} ${why}` };
}

/** So many for each person whose files are somewhere. */
const STRANGERS = 0.1;

/** Places so many machines one after the other, each where the ones before it leave the most room; none where none can go. */
export function placeMachines(
  hosts: readonly HostLoad[],
  count: number,
): { places: Extract<Placement, { kind: 'host' }>[]; reason: string | undefined } {
  const loads = structuredClone(hosts);
  const places: Extract<Placement, { kind: 'host' }>[] = [];
  while (places.length < count) {
    const place = decidePlacement(loads);
    if (place.kind === 'none') return { places, reason: place.reason };
    places.push(place);
    for (const load of loads) {
      if (load.hostId !== place.hostId) continue;
      load.machines += 1;
      if (load.homes !== undefined) load.homes.free += 1;
    }
  }
  return { places, reason: undefined };
}
