export type HostLoad = { hostId: string; name: string; ready: boolean; machines: number; templateId: string };

export type Placement =
  | { kind: 'host'; hostId: string; templateId: string; reason: string }
  | { kind: 'none'; reason: string };

/** The host with the fewest machines among those that can take one now. */
export function decidePlacement(hosts: readonly HostLoad[]): Placement {
  const usable = hosts.filter((host) => host.ready);
  const best = usable.sort((a, b) => a.machines - b.machines || a.name.localeCompare(b.name))[0];
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
