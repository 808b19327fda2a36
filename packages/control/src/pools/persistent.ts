import type { DB } from '@orangery/database';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { Kept } from '../kept.ts';
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
  ahead: { readyCount: number; readyReason: string },
): Promise<Turn> {
  const likely =
    ahead.readyCount === 0
      ? []
      : await expected.of(context, `${pool.id} ${ahead.readyCount}`, () =>
          likeliest(context, pool, ahead.readyCount),
        );
  const on = await switchOn(context, likely);
  const off = await switchOff(context, pool, likely);
  const waitingPeople = await withoutMachine(context, pool.id);
  if (waitingPeople.length === 0) {
    if (on > 0) return progress(`${on} switched on before their people come (${ahead.readyReason})`);
    return off > 0 ? progress(`${off} switched off`) : settled('everybody has theirs');
  }
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
        disk_kind: pool.disk_kind,
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

/** Of thousands, who comes at this hour is a long question whose answer changes slowly. */
const expected = new Kept<string[]>(60_000);

/** A person comes at the same time of the same weekday, a little earlier or later. */
const EARLIER_S = 900;
const LATER_S = 3_600;
/** Who has not been seen for longer is not expected. */
const LATELY_MS = 28 * 86_400_000;
const DAY_S = 86_400;

/** Of so many machines, whose people have most often come at this hour of this weekday, or came last. */
async function likeliest(
  { db, clock }: Context,
  pool: Selectable<DB['pool']>,
  count: number,
): Promise<string[]> {
  const now = sql`${new Date(clock.now())}::timestamptz at time zone ${pool.time_zone}`;
  const came = sql`s.created_at at time zone ${pool.time_zone}`;
  const seconds = (time: typeof now) => sql`extract(epoch from (${time})::time)`;
  const rows = await db
    .selectFrom('machine')
    .select('id')
    .where('pool_id', '=', pool.id)
    .where('desired', '=', 'running')
    .where('principal_id', 'is not', null)
    .orderBy(
      sql`(select count(*) from session s where s.pool_id = ${pool.id} and s.principal_id = machine.principal_id
        and s.created_at > ${new Date(clock.now() - LATELY_MS)} and extract(isodow from ${came}) = extract(isodow from ${now})
        and (${seconds(came)} - ${seconds(now)} + ${EARLIER_S + DAY_S}) % ${DAY_S} < ${EARLIER_S + LATER_S})`,
      'desc',
    )
    .orderBy(
      sql`(select max(s.created_at) from session s where s.pool_id = ${pool.id} and s.principal_id = machine.principal_id)`,
      (last) => last.desc().nullsLast(),
    )
    .orderBy('created_at')
    .limit(count)
    .execute();
  return rows.map(({ id }) => id);
}

/** Those that are off, and that nothing is being done with. */
async function switchOn({ db, clock }: Context, machines: readonly string[]): Promise<number> {
  if (machines.length === 0) return 0;
  const rows = await db
    .updateTable('machine')
    .set({ power: 'on', woken_at: new Date(clock.now()) })
    .where('id', 'in', machines)
    .where('power', '=', 'off')
    .where('phase', '=', 'off')
    .where('taken_at', 'is', null)
    .where(isLeftAlone)
    .returning('id')
    .execute();
  return rows.length;
}

/** What is done in it is done first. */
const isLeftAlone = sql<boolean>`not exists (select from machine_maintenance m
  where m.machine_id = machine.id and m.phase in ('waking', 'starting', 'running'))`;

async function switchOff(
  { db, clock }: Context,
  pool: Selectable<DB['pool']>,
  likely: readonly string[],
): Promise<number> {
  if (pool.power_off_after_s === null) return 0;
  const rows = await db
    .updateTable('machine')
    .set({ power: 'off' })
    .where('pool_id', '=', pool.id)
    .where('power', '=', 'on')
    .where('taken_at', 'is', null)
    .where(isLeftAlone)
    .where(
      sql<boolean>`greatest(released_at, woken_at) < ${new Date(clock.now() - pool.power_off_after_s * 1000)}`,
    )
    .$if(likely.length > 0, (others) => others.where('id', 'not in', [...likely]))
    .returning('id')
    .execute();
  return rows.length;
}
