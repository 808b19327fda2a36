import type { HostFacts } from '../driver.ts';

/** A kernel or its settings may change in between: once a day the probe boots again. */
const PROBE_COUNTS_MS = 86_400_000;

/** Whether the probe of an earlier look counts for a host of these versions. */
export function probeCounts(
  known: HostFacts,
  versions: Pick<HostFacts, 'hypervisor' | 'hypervisorVersion' | 'managementVersion'>,
  nowMs: number,
): boolean {
  const ageMs = nowMs - known.probedAtMs;
  return (
    ageMs >= 0 &&
    ageMs < PROBE_COUNTS_MS &&
    known.hypervisor === versions.hypervisor &&
    known.hypervisorVersion === versions.hypervisorVersion &&
    known.managementVersion === versions.managementVersion
  );
}
