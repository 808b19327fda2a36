import type { DB } from '@orangery/database';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { placeMachines } from '../placement/policy.ts';
import { macAddress } from '../names.ts';
import { hostLoads } from '../placement/store.ts';
import { machineName } from './machine-name.ts';

/** A pool whose machines are people's own: one for each who came, kept, switched off while nobody uses it. */
export async function keepPersistent(
  context: Context,
  pool: Selectable<DB['pool']>,
  templates: readonly { id: string; host_id: string; image_version_id: string }[],
): Promise<Turn> {
  const off = await switchOff(context, pool);
  const waitingPeople = await withoutMachine(context, pool.id);
  if (waitingPeople.length === 0)
    return off > 0 ? progress(`${off} switched off`) : settled('everybody has theirs');
  const { machines } = await context.db
    .selectFrom('machine')
    .select((eb) => eb.fn.countAll<number>().as('machines'))
    .where('pool_id', '=', pool.id)
    .where('desired', '=', 'running')
    .executeTakeFirstOrThrow();
  const room = Math.max(0, pool.machines_max - machines);
  const served = waitingPeople.slice(0, room);
  const { places, reason } = placeMachines(await hostLoads(context, templates), served.length);
  for (const [index, person] of served.entries()) {
    const place = places[index];
    if (place === undefined) return waiting(reason ?? 'waits for a host');
    const version = templates.find(({ id }) => id === place.templateId)?.image_version_id;
    await makeMachine(context, pool, person, place.hostId, version ?? null);
  }
  if (served.length < waitingPeople.length)
    return waiting(`the pool's limit of ${pool.machines_max} machines is reached`);
  return progress(`${waitingPeople.length} made`);
}

async function makeMachine(
  { db, rng, step }: Context,
  pool: Selectable<DB['pool']>,
  person: { id: string; name: string },
  hostId: string,
  imageVersionId: string | null,
): Promise<void> {
  const machineId = rng.uuid();
  await step('pool.createMachine', () =>
    db
      .insertInto('machine')
      .values({
        id: machineId,
        tenant_id: pool.tenant_id,
        pool_id: pool.id,
        principal_id: person.id,
        host_id: hostId,
        image_version_id: imageVersionId,
        name: machineName(pool.machine_name, { pool: pool.name, machineId, person: person.name }),
        mac_address: macAddress(rng.bytes(3)),
      })
      // Another server was faster for this person.
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
}

async function withoutMachine({ db }: Context, poolId: string): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('session')
    .innerJoin('principal', 'principal.id', 'session.principal_id')
    .select(['principal.id', 'principal.name'])
    .where('session.pool_id', '=', poolId)
    .where('session.ended_at', 'is', null)
    .where('session.machine_id', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('machine')
            .select('machine.id')
            .where('machine.pool_id', '=', poolId)
            .where('machine.desired', '=', 'running')
            .whereRef('machine.principal_id', '=', 'session.principal_id'),
        ),
      ),
    )
    .orderBy('session.created_at')
    .execute();
}

async function switchOff({ db }: Context, pool: Selectable<DB['pool']>): Promise<number> {
  if (pool.power_off_after_s === null) return 0;
  const rows = await db
    .updateTable('machine')
    .set({ power: 'off' })
    .where('pool_id', '=', pool.id)
    .where('power', '=', 'on')
    .where('taken_at', 'is', null)
    // What is done in it is done first.
    .where(
      sql<boolean>`not exists (select from machine_maintenance m
        where m.machine_id = machine.id and m.phase in ('waking', 'starting', 'running'))`,
    )
    .where('released_at', '<', sql<Date>`now() - make_interval(secs => ${pool.power_off_after_s})`)
    .returning('id')
    .execute();
  return rows.length;
}
