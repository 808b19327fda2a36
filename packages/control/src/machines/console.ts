import { can, rightsOfRole, roles } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';

export type ConsoleState =
  | { kind: 'open'; machine: string }
  /** Whoever keeps it has their things on its screen. */
  | { kind: 'ownersMachine'; machine: string; owner: string }
  | { kind: 'busy'; reason: string }
  | { kind: 'missing' };

/** Whether somebody who may see screens may open a machine's console now: nobody works on it, and it shows something. */
export async function consoleState({ db }: Pick<Context, 'db'>, machineId: string): Promise<ConsoleState> {
  const row = await db
    .selectFrom('machine')
    .leftJoin('principal as owner', 'owner.id', 'machine.principal_id')
    .leftJoin('session', (join) =>
      join.onRef('session.machine_id', '=', 'machine.id').on('session.ended_at', 'is', null),
    )
    .leftJoin('principal as person', 'person.id', 'session.principal_id')
    .select([
      'machine.name',
      'machine.phase',
      'machine.desired',
      'owner.name as owner',
      'person.name as person',
    ])
    .where('machine.id', '=', machineId)
    .executeTakeFirst();
  if (row === undefined) return { kind: 'missing' };
  const { name, phase, desired, owner, person } = row;
  if (person !== null)
    return { kind: 'busy', reason: `${person} works on ${name}: ask them to let you see their screen.` };
  const verdict = can.lookAtMachine(phase);
  if (!verdict.allowed) return { kind: 'busy', reason: verdict.reason };
  if (desired === 'absent') return { kind: 'busy', reason: `${name} is taken away.` };
  return owner === null ? { kind: 'open', machine: name } : { kind: 'ownersMachine', machine: name, owner };
}

const WHO_SEES_SCREENS = roles.filter((role) => rightsOfRole[role].includes('machines.screen'));

/** For the gateway, at the moment of entry: the machine, where whoever has the ticket may still see it. */
export async function consoleMachine(trx: Kysely<DB>, machineId: string, principalId: string) {
  const state = await consoleState({ db: trx }, machineId);
  if (state.kind !== 'open' && state.kind !== 'ownersMachine') return undefined;
  return trx
    .selectFrom('machine')
    .innerJoin('principal', (join) =>
      join
        .on('principal.id', '=', principalId)
        .onRef('principal.tenant_id', '=', 'machine.tenant_id')
        .on(sql<boolean>`principal.roles && ${WHO_SEES_SCREENS}::text[]`),
    )
    .select([
      'machine.id as sessionId',
      'machine.id as machineId',
      'machine.host_id as hostId',
      'machine.name as machineName',
    ])
    .where('machine.id', '=', machineId)
    .executeTakeFirst();
}
