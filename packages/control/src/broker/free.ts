import type { MachinePhase } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';

/** The nearest to ready first. */
const FREE_PHASES = ['ready', 'identifying', 'cloning', 'planned'] as const;
/** As the broker takes them. */
export const nearestToReady = sql`array_position(${sql.val([...FREE_PHASES])}::text[], machine.phase)`;
/** Also one that failed: it cannot be replaced, so each time its person comes it is tried once more. */
const OWN_PHASES = ['ready', 'identifying', 'booting', 'planned', 'stopping', 'off', 'failed'] as const;

/** Machines of a pool that nobody has taken, the nearest to ready first, locked; with an owner, those that are theirs. */
export function freeMachines(trx: Kysely<DB>, poolId: string, ownerId: string | null = null) {
  return (
    trx
      .selectFrom('machine')
      .where('pool_id', '=', poolId)
      .where('desired', '=', 'running')
      .where('phase', 'in', ownerId === null ? FREE_PHASES : OWN_PHASES)
      .where('principal_id', ownerId === null ? 'is' : '=', ownerId)
      .where('taken_at', 'is', null)
      // What is on a host that is away is as good as none; one's own has nowhere else to be.
      .$if(ownerId === null, (free) =>
        free.where(
          sql<boolean>`exists (select from host where host.id = machine.host_id and host.phase = 'ready')`,
        ),
      )
      .orderBy(nearestToReady)
      .orderBy('created_at')
      .forUpdate()
      .skipLocked()
  );
}

/** What a session says of the machine that it was given. */
export function reasonFor(machine: { name: string; phase: MachinePhase }, own: boolean): string {
  if (own)
    return machine.phase === 'ready' ? `${machine.name} is yours` : `${machine.name} is yours and is started`;
  return machine.phase === 'ready'
    ? `${machine.name} was ready`
    : `${machine.name} is being made and was the nearest to ready`;
}
