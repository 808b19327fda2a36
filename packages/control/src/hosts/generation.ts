import type { ObservedMachine } from '@orangery/hypervisor';
import { OrangeryError } from '@orangery/std';

/**
 * Throws `olderDatabase` when a machine of ours bears a newer generation than our database: then the database is a copy
 * from before, its rows are wrong, and acting on them would destroy what it does not know of.
 */
export function requireNewest(
  machines: readonly ObservedMachine[],
  installation: { id: string; generation: number },
): void {
  const future = machines.find(
    ({ mark }) => mark?.installationId === installation.id && mark.generation > installation.generation,
  );
  if (future === undefined) return;
  throw new OrangeryError(
    'olderDatabase',
    `${future.name} bears generation ${future.mark?.generation}, newer than this database's ${installation.generation}: the database is an older copy. Nothing is touched on this host`,
    { fix: 'Put the newest copy of the database back.' },
  );
}
