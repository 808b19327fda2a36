export type HostLoad = { hostId: string; name: string; ready: boolean; machines: number; templateId: string };

export type Placement =
  | { kind: 'host'; hostId: string; templateId: string; reason: string }
  | { kind: 'none'; reason: string };

/** The host with the fewest machines among those that can take one now. */
export function decidePlacement(hosts: readonly HostLoad[]): Placement {
  const usable = hosts.filter((host) => host.ready);
  let best = usable[0];
  for (const host of usable) if (best === undefined || isBetter(host, best)) best = host;
  if (best === undefined) {
    return { kind: 'none', reason: `none of ${hosts.length} hosts with this template is ready` };
  }
  return {
    kind: 'host',
    hostId: best.hostId,
    templateId: best.templateId,
    reason: `${best.name} has the fewest machines (${best.machines}) of ${usable.length} ready hosts`,
  };
}

const isBetter = (host: HostLoad, than: HostLoad): boolean =>
  host.machines < than.machines || (host.machines === than.machines && host.name < than.name);

/** Places so many machines one after the other, each where the ones before it leave the most room; none where none can go. */
export function placeMachines(
  hosts: readonly HostLoad[],
  count: number,
): { places: Extract<Placement, { kind: 'host' }>[]; reason: string | undefined } {
  const loads = hosts.map((host) => ({ ...host }));
  const places: Extract<Placement, { kind: 'host' }>[] = [];
  while (places.length < count) {
    const place = decidePlacement(loads);
    if (place.kind === 'none') return { places, reason: place.reason };
    places.push(place);
    for (const load of loads) if (load.hostId === place.hostId) load.machines += 1;
  }
  return { places, reason: undefined };
}
