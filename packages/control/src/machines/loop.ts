import type { HostDriver, ObservedMachine, ResourceLimits } from '@orangery/hypervisor';
import { backoffMs, codeOf, invariant } from '@orangery/std';
import { type Selectable, sql, type Updateable } from 'kysely';
import type { DB } from '@orangery/database';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { machineDisk, profileSerial, storagePoolName } from '../names.ts';
import { deleteGoldenAfter } from '../images/golden.ts';
import { reasonOf } from '../reason.ts';
import { recordUsage } from '../usage.ts';
import { giveUp } from './failures.ts';
import { arrange, endFinished, overReason } from '../applications/arrange.ts';
import { identify } from './identify.ts';
import { makeOwnAccount } from './own-account.ts';
import { boot, createOwnDisk, fork, limitsOf, type Making } from './make.ts';
import { cardOf, type NetworkRow } from './network.ts';
import { adopt, leave, localeOf, plugProfile, type ProfileDisk, releaseProfile } from './profile.ts';
import { nudgeStarts, takeStart } from './start.ts';
import { decideMachine, type MachineAction } from './policy.ts';
import { machinesToLookAt } from './to-look-at.ts';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 10_000;
const OWN_RETRY_MAX_MS = 300_000;
/** As long as a cold boot takes until its agent answers; after that, the tries count. */
const AGENT_PATIENCE_MS = 30_000;
const AGENT_LOOK_MS = 250;
const DISK_LOOK_MS = 5_000;
/** What boots, shuts down, or waits for its template is looked at this often. */
const BOOT_LOOK_MS = 1_000;
/** The hosts loop tells when a network is there; this is for when it could not. */
const NETWORK_LOOK_MS = 5_000;
/** How soon a session ends after its last window was closed. */
const PROGRAMS_LOOK_MS = 2_000;
/** More acts than a machine's whole life has: a turn that needs more is going round in circles. */
const ACTS_MAX = 16;

type MachineRow = Selectable<DB['machine']> &
  NetworkRow & {
    kind: 'pooled' | 'persistent';
    templatePhase: string | null;
    saveHead: Buffer | null;
    limits: ResourceLimits;
    accelerator: string;
    cpus: number;
    memoryMib: number;
    costCentre: string | null;
    sessionId: string | null;
    sessionProfile: 'none' | 'disk' | 'conflict' | null;
    sessionMode: 'desktop' | 'application' | null;
    toStart: number;
    owner: string | null;
    person: string | null;
    awaited: boolean;
    locale: unknown;
    profileId: string | null;
    profileGib: number | null;
  };
type View = { row: MachineRow; driver: HostDriver; pool: string; observed: ObservedMachine | undefined };

/** Makes each machine row true: clones it, gives it an identity, throws it away. */
export function machinesLoop(context: Context): Loop {
  const { db, clock, rng } = context;
  return {
    name: 'machines',
    periodMs: 10_000,
    // Most of a turn is waiting for a host; each host takes a few calls at a time.
    parallel: 64,
    keys: () => machinesToLookAt(context),
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
          action = decideMachine(await look(view, now), context.limits.templateBootMs);
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
          const retryMaxMs = row.kind === 'persistent' ? OWN_RETRY_MAX_MS : RETRY_MAX_MS;
          const retryMs = backoffMs(row.attempts, RETRY_FIRST_MS, retryMaxMs, rng);
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

async function load({ db }: Context, id: string): Promise<MachineRow | undefined> {
  const row = await db
    .selectFrom('machine')
    .innerJoin('pool', 'pool.id', 'machine.pool_id')
    .leftJoin('template', 'template.id', 'machine.template_id')
    .innerJoin('host', 'host.id', 'machine.host_id')
    .leftJoin('session', (join) =>
      join.onRef('session.machine_id', '=', 'machine.id').on('session.ended_at', 'is', null),
    )
    .leftJoin('principal', 'principal.id', 'session.principal_id')
    .leftJoin('principal as owner', 'owner.id', 'machine.principal_id')
    .leftJoin('profile_disk', 'profile_disk.machine_id', 'machine.id')
    .leftJoin('host_network', (join) =>
      join
        .onRef('host_network.pool_id', '=', 'machine.pool_id')
        .onRef('host_network.host_id', '=', 'machine.host_id'),
    )
    .selectAll('machine')
    .select([
      'pool.kind',
      'pool.cpu_shares',
      'pool.cpu_cap_percent',
      'pool.memory_locked',
      'pool.memory_mib',
      'pool.read_mib_per_s',
      'pool.write_mib_per_s',
      'pool.iops',
      'template.phase as templatePhase',
      'template.save_head as saveHead',
      sql<string>`host.facts->>'accelerator'`.as('accelerator'),
      // A fork has what its template had, whatever the pool says now.
      (eb) => eb.fn.coalesce('template.cpus', 'pool.cpus').as('cpus'),
      (eb) => eb.fn.coalesce('template.memory_mib', 'pool.memory_mib').as('memoryMib'),
      'principal.cost_centre as costCentre',
      'session.id as sessionId',
      'session.profile as sessionProfile',
      'session.locale',
      'session.mode as sessionMode',
      sql<number>`(select count(*) from session_program p
        where p.session_id = session.id and p.started_at is null and p.reason is null)`.as('toStart'),
      'principal.name as person',
      'owner.name as owner',
      'profile_disk.id as profileId',
      'profile_disk.size_gib as profileGib',
      sql<boolean>`session.id is not null or exists (
        select from session s where s.pool_id = pool.id and s.ended_at is null and s.machine_id is null)`.as(
        'awaited',
      ),
      'pool.network_kind',
      'pool.network_subnet',
      'pool.network_bridge',
      'pool.network_open_vswitch',
      'pool.network_vlan',
      'pool.network_ipv6',
      'pool.network_neighbours',
      'host_network.name as networkFound',
      'host_network.phase as networkPhase',
      'host_network.reason as networkReason',
    ])
    .where('machine.id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...row, limits: limitsOf(row) };
}

async function look(
  { row, driver, pool, observed }: View,
  now: number,
): Promise<Parameters<typeof decideMachine>[0]> {
  const settledDown = row.phase === 'ready' && row.desired === 'running' && row.restart === null;
  const volume = settledDown ? undefined : await driver.storage.find(pool, machineDisk(row.id));
  const needsNics = observed?.state === 'running' && row.identified_at !== null && !settledDown;
  const nics = needsNics ? await driver.machines.nics(row.id) : [];
  const adopted = row.adopted_at !== null;
  const disk = profileOf(row);
  const plugged =
    disk === undefined || adopted || observed?.state !== 'running'
      ? adopted
      : (await driver.machines.disks(row.id)).some(({ serial }) => serial === profileSerial(disk.id));
  const boots = row.kind === 'persistent' && observed?.state === 'running' && row.painted_at === null;
  return {
    kind: row.kind,
    desired: row.desired,
    power: row.power,
    restart: row.restart ?? undefined,
    used: row.identified_at !== null,
    agentAnswers: boots && (await driver.machines.agentAnswers(row.id)),
    phase: row.phase,
    attempts: row.attempts,
    phaseMs: now - row.phase_since.getTime(),
    templateReady: row.templatePhase === 'ready',
    domain: observed?.state,
    diskExists: volume !== undefined && !isHalfCopied(row),
    painted: row.painted_at !== null,
    identified: row.identified_at !== null,
    wanted: row.sessionId !== null && (row.sessionProfile === 'none' || disk !== undefined),
    profile: disk === undefined ? 'none' : plugged ? 'plugged' : 'unplugged',
    nameless: row.kind === 'persistent' && row.account === null,
    adopted,
    rearrange: row.toStart > 0 || (row.sessionMode !== null && row.sessionMode !== row.arranged),
    alone: row.sessionMode === 'application',
    nicAttached: settledDown || nics.some((nic) => nic.macAddress === row.mac_address),
  };
}

/** What there is of its disk is no disk yet; one that is to go goes all the same. */
const isHalfCopied = (row: MachineRow): boolean =>
  row.disk_kind === 'full' && row.disk_gib === null && row.desired === 'running';

function profileOf(row: MachineRow): ProfileDisk | undefined {
  if (row.profileId === null || row.profileGib === null) return undefined;
  return { id: row.profileId, sizeGib: row.profileGib };
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
      const { template_id: templateId } = row;
      invariant(templateId !== null, 'a pooled machine has a template');
      const wait = await takeStart(context, row, 'cloning');
      if (wait !== undefined) return waiting(wait);
      await fork(context, driver, pool, makingOf(row), { id: templateId, head: row.saveHead }, signal);
      return undefined;
    }
    case 'createDisk': {
      const { image_version_id: versionId } = row;
      invariant(versionId !== null, 'a machine of its own has an image version');
      const made = { id: row.id, hostId: row.host_id, versionId, diskKind: row.disk_kind };
      await createOwnDisk(context, driver, pool, made, signal);
      return undefined;
    }
    case 'boot': {
      const card = cardOf(installation, row);
      if (card.kind === 'wait') {
        await set({ reason: card.reason });
        return waiting(card.reason, NETWORK_LOOK_MS);
      }
      const wait = await takeStart(context, row, 'booting');
      if (wait !== undefined) return waiting(wait);
      await set({ painted_at: null, adopted_at: null, arranged: 'desktop' });
      await boot(context, driver, pool, makingOf(row), card.nic);
      return undefined;
    }
    case 'shutdown':
      await set({ phase: 'stopping', phase_since: now });
      await step('machine.shutdown', () => driver.machines.shutdown(row.id));
      return waiting('shuts down', BOOT_LOOK_MS);
    case 'markOff':
      await db.transaction().execute(async (trx) => {
        const off = {
          phase: 'off',
          phase_since: now,
          painted_at: null,
          adopted_at: null,
          retry_at: null,
        } as const;
        await trx
          .updateTable('machine')
          .set({ ...off, attempts: 0, reason: null })
          .where('id', '=', row.id)
          .execute();
        if (row.painted_at !== null) await recordUsage(trx, row, 'machine.stopped', {});
      });
      return progress('off', 0);
    case 'markRestarted':
      await step('machine.markRestarted', () => markRestarted(context, row, now));
      return undefined;
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
          await nudgeStarts(trx, row.host_id);
        }),
      );
      return undefined;
    case 'identify':
      await step('machine.identify', () => identify(context, driver, row, signal));
      await set({ identified_at: now });
      return undefined;
    case 'ownAccount':
      await makeOwnAccount(context, driver, row, row.owner ?? '', signal);
      return undefined;
    case 'plugProfile': {
      const disk = profileOf(row);
      invariant(disk !== undefined, 'only a claimed disk is plugged in');
      await plugProfile(context, driver, pool, row.id, disk);
      return undefined;
    }
    case 'adopt': {
      const wait = await takeStart(context, { ...row, awaited: true }, 'adopting');
      if (wait !== undefined) return waiting(wait);
      const person = { name: row.person ?? '', locale: localeOf(row.locale), disk: profileOf(row) };
      await adopt(context, driver, row, person, signal);
      await nudgeStarts(db, row.host_id);
      return undefined;
    }
    case 'arrange': {
      const { sessionId, sessionMode } = row;
      invariant(sessionId !== null && sessionMode !== null, 'only a session is arranged');
      const session = { id: sessionId, mode: sessionMode, inUse: isUsed(row, now.getTime()) };
      await arrange(context, driver, row.id, session, signal);
      return undefined;
    }
    case 'watch': {
      const { sessionId } = row;
      invariant(sessionId !== null, 'only a session has programs');
      const reason = await overReason(context, driver, row.id, sessionId, signal).catch(() => undefined);
      if (reason === undefined) return waiting('shows programs', PROGRAMS_LOOK_MS);
      await step('session.end', () => endFinished(context, sessionId, reason));
      return progress(reason, 0);
    }
    case 'leave': {
      const disk = profileOf(row);
      invariant(disk !== undefined, 'only a claimed disk is left');
      await leave(context, driver, row.id, disk, signal);
      return undefined;
    }
    case 'releaseProfile':
      await releaseProfile(context, row.id);
      return undefined;
    case 'attachNic': {
      const card = cardOf(installation, row);
      if (card.kind === 'wait') {
        await set({ reason: card.reason });
        return waiting(card.reason, NETWORK_LOOK_MS);
      }
      await step('machine.attachNic', () => driver.machines.attachNic(row.id, card.nic));
      return undefined;
    }
    case 'markReady':
      await step('machine.markReady', () =>
        set({ phase: 'ready', phase_since: now, reason: null, attempts: 0, retry_at: null }),
      );
      await db.updateTable('pool').set({ healthy_at: now }).where('id', '=', row.pool_id).execute();
      return progress('ready', 0);
    case 'destroy':
      if (row.phase !== 'deleting' && row.phase !== 'failed' && row.desired === 'absent') {
        await set({ phase: 'deleting', phase_since: now });
        if (row.phase === 'cloning' || row.phase === 'booting') await nudgeStarts(db, row.host_id);
      }
      await step('machine.destroy', () => driver.machines.destroy(row.id));
      return undefined;
    case 'deleteDisk':
      await step('machine.deleteDisk', () => driver.storage.delete(pool, machineDisk(row.id)));
      return undefined;
    case 'deleteRow':
      // A disk of its own stood on the image itself, or was copied from it; clones stand on their template.
      if (row.kind === 'persistent' && row.image_version_id !== null) {
        const golden = { hostId: row.host_id, versionId: row.image_version_id, without: row.id };
        await deleteGoldenAfter(context, driver, golden, signal);
      }
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
      await giveUp(context, row, row.reason ?? action.reason);
      await nudgeStarts(db, row.host_id);
      return progress(action.reason, 0);
    case 'rest':
      return settled(action.detail);
    case 'wait':
      return waiting(action.detail, BOOT_LOOK_MS);
  }
}

/** Somebody works on it: what goes wrong now is no reason to take it from them. */
function isUsed(row: MachineRow, nowMs: number): boolean {
  return (
    row.phase === 'ready' && row.painted_at !== null && nowMs - row.painted_at.getTime() > AGENT_PATIENCE_MS
  );
}

/** It is off: from here it boots as any other. */
async function markRestarted({ db }: Context, row: MachineRow, now: Date): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const marked = await trx
      .updateTable('machine')
      .set({ restart: null, phase: 'off', phase_since: now, painted_at: null, adopted_at: null })
      .set({ arranged: 'desktop', attempts: 0, retry_at: null, reason: null })
      .where('id', '=', row.id)
      .where('restart', 'is not', null)
      .returning('id')
      .executeTakeFirst();
    if (marked !== undefined && row.painted_at !== null) await recordUsage(trx, row, 'machine.stopped', {});
  });
}

const makingOf = (row: MachineRow): Making => ({
  id: row.id,
  name: row.name,
  cpus: row.cpus,
  memoryMib: row.memoryMib,
  accelerator: row.accelerator,
  limits: row.limits,
});
