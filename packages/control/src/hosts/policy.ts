import type { ObservedMachine } from '@orangery/hypervisor';

/**
 * What bears our mark but has no row. Probes live for seconds and are cleaned by whoever made them; what is unmarked or
 * another installation's is none of our business.
 */
export function decideQuarantine(seen: {
  installationId: string;
  machines: readonly ObservedMachine[];
  volumes: readonly { name: string; owner: string | undefined }[];
  known: ReadonlySet<string>;
}): { kind: 'machine' | 'volume'; name: string }[] {
  const machines = seen.machines
    .filter(({ mark }) => mark?.installationId === seen.installationId && mark.kind !== 'probe')
    .filter(({ id }) => !seen.known.has(id))
    .map(({ name }) => ({ kind: 'machine' as const, name }));
  const volumes = seen.volumes
    .filter(({ owner }) => owner !== undefined && !seen.known.has(owner))
    .map(({ name }) => ({ kind: 'volume' as const, name }));
  return [...machines, ...volumes];
}
