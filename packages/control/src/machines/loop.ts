import { type HostDriver, type MachineDescription, type ObservedMachine } from '@orangery/hypervisor';
import { backoffMs, codeOf, invariant } from '@orangery/std';
import { type Selectable, sql, type Updateable } from 'kysely';
import type { DB } from '@orangery/database';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { machineDisk, networkName, storagePoolName, templateDisk, templateMemory } from '../names.ts';
import { reasonOf } from '../reason.ts';
import { recordUsage } from '../usage.ts';
import { describeMachine } from './describe.ts';
import { identify } from './identify.ts';
import { decideMachine, type MachineAction } from './policy.ts';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
/** As long as a cold boot takes until its agent answers; after that, the tries count. */
const AGENT_PATIENCE_MS = 30_000;
const AGENT_LOOK_MS = 250;
const DISK_LOOK_MS = 5_000;
/** More acts than a machine's whole life has: a turn that needs more is going round in circles. */
const ACTS_MAX = 16;

type MachineRow = Selectable<DB['machine']> & {
  templatePhase: string;
  saveHead: Buffer | null;
  accelerator: string;
  cpus: number;
  memoryMib: number;
  costCentre: string | null;
};
type View = { row: MachineRow; driver: HostDriver; pool: string; observed: ObservedMachine | undefined };

/** Makes each machine row true: clones it, gives it an identity, throws it away. */
export function machinesLoop(context: Context): Loop {
  const { db, clock, rng } = context;
  return {
    name: 'machines',
    periodMs: 10_000,
    parallel: 4,
    async keys() {
      const rows = await db.selectFrom('machine').select('id').execute();
      return rows.map((row) => row.id);
    },
    async turn(id, signal): Promise<Turn> {
      for (let acts = 0; acts < ACTS_MAX; acts += 1) {
        const row = await load(context, id);
        if (row === undefined) return gone();
        const now = clock.now();
        if (row.retry_at !== null && row.retry_at.getTime() > now && row.desired === 'running') {
          return waiting(row.reason ?? 'waits before the next try', row.retry_at.getTime() - now);
        }
        let action: MachineAction | undefined;
        try {
          const driver = await context.drivers.of(row.host_id);
          const pool = storagePoolName(context.installation.id);
          const view = { row, driver, pool, observed: await driver.machines.find(id) };
          action = decideMachine(await look(view, now));
          const turn = await act(context, view, action, signal);
          if (turn !== undefined) return turn;
        } catch (error) {
          if (signal.aborted) throw error;
          const reason = reasonOf(error);
          // A host that is away, or not to be touched, is no fault of the machine: it costs no attempt.
          if (codeOf(error) === 'hostUnreachable' || codeOf(error) === 'olderDatabase') return failed(reason);
          // Nor is a full disk: it waits for room, and says so.
          if (codeOf(error) === 'diskFull') {
            await db.updateTable('machine').set({ reason }).where('id', '=', id).execute();
            return failed(reason, DISK_LOOK_MS);
          }
          // A fork's agent connects within a second, or later on a host that has much to do.
          const paintedMs = row.painted_at === null ? Infinity : now - row.painted_at.getTime();
          if (codeOf(error) === 'agentUnavailable' && paintedMs < AGENT_PATIENCE_MS) {
            return waiting('waits for its guest agent', AGENT_LOOK_MS);
          }
          const retryMs = backoffMs(row.attempts, RETRY_FIRST_MS, RETRY_MAX_MS, rng);
          await db
            .updateTable('machine')
            .set({ attempts: row.attempts + 1, reason, retry_at: new Date(now + retryMs) })
            .where('id', '=', id)
            .execute();
          return failed(`${action?.kind ?? 'look'}: ${reason}`, retryMs);
        }
      }
      return failed('more acts in one turn than a machine has in its life');
    },
  };
}

function load({ db }: Context, id: string): Promise<MachineRow | undefined> {
  return db
    .selectFrom('machine')
    .innerJoin('template', 'template.id', 'machine.template_id')
    .innerJoin('host', 'host.id', 'machine.host_id')
    .leftJoin('session', (join) =>
      join.onRef('session.machine_id', '=', 'machine.id').on('session.ended_at', 'is', null),
    )
    .leftJoin('principal', 'principal.id', 'session.principal_id')
    .selectAll('machine')
    .select([
      'template.phase as templatePhase',
      'template.save_head as saveHead',
      sql<string>`host.facts->>'accelerator'`.as('accelerator'),
      'template.cpus',
      'template.memory_mib as memoryMib',
      'principal.cost_centre as costCentre',
    ])
    .where('machine.id', '=', id)
    .executeTakeFirst();
}

async function look(
  { row, driver, pool, observed }: View,
  now: number,
): Promise<Parameters<typeof decideMachine>[0]> {
  const settledDown = row.phase === 'ready' && row.desired === 'running';
  const disk = settledDown ? undefined : await driver.storage.find(pool, machineDisk(row.id));
  const needsNics = observed?.state === 'running' && row.identified_at !== null && !settledDown;
  const nics = needsNics ? await driver.machines.nics(row.id) : [];
  return {
    desired: row.desired,
    phase: row.phase,
    attempts: row.attempts,
    phaseMs: now - row.phase_since.getTime(),
    templateReady: row.templatePhase === 'ready',
    domain: observed?.state,
    diskExists: disk !== undefined,
    painted: row.painted_at !== null,
    identified: row.identified_at !== null,
    nicAttached: settledDown || nics.some((nic) => nic.macAddress === row.mac_address),
  };
}

/** Does one act; a returned turn ends the turn, `undefined` asks for another look. */
async function act(
  context: Context,
  view: View,
  action: MachineAction,
  signal: AbortSignal,
): Promise<Turn | undefined> {
  const { db, step, installation } = context;
  const { row, driver, pool } = view;
  const now = new Date(context.clock.now());
  const set = (values: Updateable<DB['machine']>): Promise<unknown> =>
    db.updateTable('machine').set(values).where('id', '=', row.id).execute();
  switch (action.kind) {
    case 'fork': {
      await set({ phase: 'cloning', phase_since: now, reason: null });
      await fork(context, view, signal);
      return undefined;
    }
    case 'markPainted':
      await step('machine.markPainted', () =>
        db.transaction().execute(async (trx) => {
          const painted = await trx
            .updateTable('machine')
            .set({ phase: 'identifying', painted_at: now, phase_since: now })
            .where('id', '=', row.id)
            .where('painted_at', 'is', null)
            .returning('id')
            .executeTakeFirst();
          // Whoever lost its locks in the middle of a turn may come second.
          if (painted === undefined) return;
          await recordUsage(trx, row, 'machine.started', { cpus: row.cpus, memoryMib: row.memoryMib });
        }),
      );
      return undefined;
    case 'identify':
      await step('machine.identify', () => identify(context, driver, row, signal));
      await set({ identified_at: now });
      return undefined;
    case 'attachNic':
      await step('machine.attachNic', () =>
        driver.machines.attachNic(row.id, {
          network: networkName(installation.id),
          macAddress: row.mac_address,
        }),
      );
      return undefined;
    case 'markReady':
      await step('machine.markReady', () =>
        set({ phase: 'ready', phase_since: now, reason: null, attempts: 0, retry_at: null }),
      );
      return progress('ready', 0);
    case 'destroy':
      if (row.phase !== 'deleting' && row.phase !== 'failed' && row.desired === 'absent') {
        await set({ phase: 'deleting', phase_since: now });
      }
      await step('machine.destroy', () => driver.machines.destroy(row.id));
      return undefined;
    case 'deleteDisk':
      await step('machine.deleteDisk', () => driver.storage.delete(pool, machineDisk(row.id)));
      return undefined;
    case 'deleteRow':
      await step('machine.deleteRow', () =>
        db.transaction().execute(async (trx) => {
          const deleted = await trx
            .deleteFrom('machine')
            .where('id', '=', row.id)
            .returning('painted_at')
            .executeTakeFirst();
          if (deleted !== undefined && deleted.painted_at !== null)
            await recordUsage(trx, row, 'machine.stopped', {});
        }),
      );
      return gone();
    case 'giveUp':
      await set({ phase: 'failed', phase_since: now, reason: row.reason ?? action.reason });
      return progress(action.reason, 0);
    case 'rest':
      return settled(action.detail);
    case 'wait':
      return waiting(action.detail, 1_000);
  }
}

async function fork(context: Context, { row, driver, pool }: View, signal: AbortSignal): Promise<void> {
  const { step, locks } = context;
  const { templates } = driver;
  const head = row.saveHead;
  invariant(templates !== undefined, 'a template row exists only for hosts that can fork');
  invariant(head !== null, 'a template that is ready has its head');
  const volume = machineDisk(row.id);
  await step('machine.createDisk', async () => {
    // What a fork that was cut off left behind was never written to by anybody.
    await driver.storage.delete(pool, volume);
    await driver.storage.createOverlay(pool, { name: volume, backing: templateDisk(row.template_id) });
  });
  const parts = {
    pool,
    diskVolume: templateDisk(row.template_id),
    memoryVolume: templateMemory(row.template_id),
  };
  const description: MachineDescription = describeMachine({
    installation: context.installation,
    kind: 'machine',
    id: row.id,
    name: row.name,
    cpus: row.cpus,
    memoryMib: row.memoryMib,
    disk: { pool, volume },
    accelerator: row.accelerator === 'kvm' ? 'kvm' : 'tcg',
  });
  await locks.with(`template-file:${row.template_id}`, signal, () =>
    step('machine.fork', () => templates.fork(parts, head, description)),
  );
}
