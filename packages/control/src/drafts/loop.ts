import type { DB } from '@orangery/database';
import type { HostDriver, ObservedMachine } from '@orangery/hypervisor';
import { backoffMs, codeOf, invariant, OrangeryError } from '@orangery/std';
import { type Selectable, sql, type Updateable } from 'kysely';
import type { Context } from '../context.ts';
import { finishVersion } from '../images/finish.ts';
import { deleteGoldenAfter, importGolden, told } from '../images/golden.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { describeMachine } from '../machines/describe.ts';
import {
  draftDisk,
  draftFlat,
  draftMachineName,
  draftMedium,
  goldenVolume,
  networkName,
  storagePoolName,
} from '../names.ts';
import { reasonOf } from '../reason.ts';
import { decideDraft, type DraftAction } from './policy.ts';

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 120_000;
const LOOK_MS = 1_000;
/** The end of its machine is heard of; this is for where that was missed. */
const SHUTDOWN_LOOK_MS = 5_000;
const PROGRESS_MS = 500;
/** A guest that is being used answers within seconds; one that was just started, when it has booted. */
const AGENT_MS_MAX = 300_000;
/** Stops the session, deletes files, trims a disk. */
const SEAL_TIMEOUT_MS = 300_000;
const UNLOCK_TIMEOUT_MS = 20_000;
const UNLOCK_LOOK_MS = 5_000;
/** More acts than a draft's whole life has. */
const ACTS_MAX = 16;
const GIB = 2 ** 30;

export type DraftRow = Selectable<DB['draft']> & {
  image_id: string;
  versionPhase: Selectable<DB['image_version']>['phase'];
  base_version_id: string | null;
  basePath: string | null;
  baseBytes: number | null;
  imageName: string;
  recipe: string | null;
  upload: unknown;
  accelerator: string;
};
type View = { row: DraftRow; driver: HostDriver; pool: string; observed: ObservedMachine | undefined };

/** Makes each draft true: a machine of its own while it is changed; then its disk becomes a version, or goes. */
export function draftsLoop(context: Context): Loop {
  const { db, clock, rng } = context;
  /** Machines that were unlocked since they were started; another server does it again, which is harmless. */
  const unlocked = new Set<string>();
  return {
    name: 'drafts',
    periodMs: 10_000,
    parallel: 2,
    async keys() {
      const rows = await db.selectFrom('draft').select('version_id').execute();
      return rows.map((row) => row.version_id);
    },
    async turn(id, signal): Promise<Turn> {
      for (let acts = 0; acts < ACTS_MAX; acts += 1) {
        const row = await load(context, id);
        if (row === undefined) return gone();
        const now = clock.now();
        if (row.retry_at !== null && row.retry_at.getTime() > now && row.desired !== 'discarded') {
          return waiting(row.reason ?? 'waits before the next try', row.retry_at.getTime() - now);
        }
        try {
          const driver = await context.drivers.of(row.host_id);
          const pool = storagePoolName(context.installation.id);
          const view = { row, driver, pool, observed: await driver.machines.find(id) };
          const action = await decide(context, view);
          if (action.kind !== 'rest') unlocked.delete(id);
          else if (row.phase === 'open' && !unlocked.has(id)) {
            if (!(await unlock(context, driver, id, signal))) return waiting('boots', UNLOCK_LOOK_MS);
            unlocked.add(id);
          }
          const turn = await act(context, view, action, signal);
          if (turn !== undefined) return turn;
        } catch (error) {
          if (signal.aborted) throw error;
          const reason = reasonOf(error);
          if (codeOf(error) === 'hostUnreachable' || codeOf(error) === 'olderDatabase') return failed(reason);
          const retryMs = backoffMs(row.attempts, RETRY_FIRST_MS, RETRY_MAX_MS, rng);
          await db
            .updateTable('draft')
            .set({ attempts: row.attempts + 1, reason, progress: null, retry_at: new Date(now + retryMs) })
            .where('version_id', '=', id)
            .execute();
          return failed(reason, retryMs);
        }
      }
      return failed('more acts in one turn than a draft has in its life');
    },
  };
}

function load({ db }: Context, id: string): Promise<DraftRow | undefined> {
  return db
    .selectFrom('draft')
    .innerJoin('image_version', 'image_version.id', 'draft.version_id')
    .innerJoin('image', 'image.id', 'image_version.image_id')
    .innerJoin('host', 'host.id', 'draft.host_id')
    .leftJoin('image_version as base', 'base.id', 'image_version.base_version_id')
    .selectAll('draft')
    .select([
      'image_version.image_id',
      'image_version.phase as versionPhase',
      'image_version.base_version_id',
      'image_version.upload',
      'base.path as basePath',
      'base.file_bytes as baseBytes',
      'image.name as imageName',
      'image.recipe',
      sql<string>`host.facts->>'accelerator'`.as('accelerator'),
    ])
    .where('draft.version_id', '=', id)
    .executeTakeFirst();
}

async function decide({ db, clock }: Context, { row, driver, pool, observed }: View): Promise<DraftAction> {
  const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
  const running = observed?.state === 'running';
  const asks = running && row.desired === 'published' && row.sealed_at === null;
  return decideDraft(
    {
      desired: row.desired,
      phase: row.phase,
      phaseMs: clock.now() - row.phase_since.getTime(),
      stopped: desired !== 'running',
      finished: row.versionPhase !== 'authoring',
      sealed: row.sealed_at !== null,
      domain: observed?.state,
      diskExists: (await driver.storage.find(pool, draftDisk(row.version_id))) !== undefined,
      agentAnswers: asks && (await driver.machines.agentAnswers(row.version_id)),
    },
    AGENT_MS_MAX,
  );
}

async function act(
  context: Context,
  view: View,
  action: DraftAction,
  signal: AbortSignal,
): Promise<Turn | undefined> {
  const { db, step, clock } = context;
  const { row, driver } = view;
  const { version_id: id } = row;
  const set = (values: Updateable<DB['draft']>): Promise<unknown> =>
    db.updateTable('draft').set(values).where('version_id', '=', id).execute();
  const enter = (phase: DraftRow['phase'], values: Updateable<DB['draft']> = {}): Promise<unknown> =>
    set({ phase, phase_since: new Date(clock.now()), progress: null, ...values });
  switch (action.kind) {
    case 'prepare':
      await enter('copying');
      await prepare(context, view, signal);
      return undefined;
    case 'start':
      await enter('starting');
      await start(context, view);
      return undefined;
    case 'markOpen':
      await enter('open', { attempts: 0, retry_at: null });
      return progress('is open', 0);
    case 'seal':
      await enter('sealing');
      try {
        await step('draft.seal', () => seal(driver, id, signal));
      } catch (error) {
        if (codeOf(error) !== 'sealFailed') throw error;
        // Whoever changes it can put that right; its session is there again.
        await enter('open', { desired: 'open', reason: reasonOf(error) });
        return failed(reasonOf(error));
      }
      await set({ sealed_at: new Date(clock.now()), reason: null, attempts: 0 });
      return undefined;
    case 'shutdown':
      if (row.phase !== 'stopping') await enter('stopping');
      await step('draft.shutdown', () => driver.machines.shutdown(id));
      return waiting('shuts down', SHUTDOWN_LOOK_MS);
    case 'markOff':
      await enter('off');
      return settled('off');
    case 'publish':
      await enter('publishing');
      await publish(context, view, signal);
      return undefined;
    case 'destroy':
      await step('draft.destroy', () => driver.machines.destroy(id));
      return undefined;
    case 'clear':
      await clear(context, view, signal);
      return gone();
    case 'reopen':
      await enter('open', { desired: 'open', reason: action.reason, attempts: 0, retry_at: null });
      return failed(action.reason);
    case 'rest':
      return settled(action.detail);
    case 'wait':
      if (row.desired === 'published' && row.sealed_at === null && row.phase !== 'sealing')
        await enter('sealing');
      return waiting(action.detail, LOOK_MS);
  }
}

/** What its machine stands on: the base's disk, or an empty one and the installer's medium. */
async function prepare(context: Context, { row, driver, pool }: View, signal: AbortSignal): Promise<void> {
  const { db, step, images } = context;
  const { version_id: id } = row;
  const tell = (progress: object): Promise<unknown> =>
    db
      .updateTable('draft')
      .set({ progress: JSON.stringify(progress) })
      .where('version_id', '=', id)
      .execute();
  if (row.base_version_id !== null) {
    const { base_version_id: versionId, basePath: path, baseBytes: fileBytes } = row;
    invariant(path !== null && fileBytes !== null, 'a draft begins from a version that is ready');
    await importGolden(context, driver, { hostId: row.host_id, versionId, path, fileBytes }, tell, signal);
    await step('draft.createDisk', () =>
      driver.storage.createOverlay(pool, { name: draftDisk(id), backing: goldenVolume(versionId) }),
    );
    return;
  }
  const { disk_gib: gib } = row;
  invariant(gib !== null, 'a draft without a base has a disk of its own');
  const medium = await images.openUpload(id);
  await step('draft.importMedium', () =>
    driver.storage.importFile(pool, { name: draftMedium(id), fileBytes: medium.bytes }, medium.content, {
      signal,
      onProgress: told(context, PROGRESS_MS, (sent) =>
        tell({
          step: 'Copy',
          fraction: Math.min(1, sent / medium.bytes),
          detail: 'copies the installer to the host',
        }),
      ),
    }),
  );
  await step('draft.createDisk', () =>
    driver.storage.createEmpty(pool, { name: draftDisk(id), virtualBytes: gib * GIB }),
  );
}

async function start({ step, installation }: Context, { row, driver, pool }: View): Promise<void> {
  const { version_id: id } = row;
  await step('draft.start', () =>
    driver.machines.start({
      ...describeMachine({
        installation,
        kind: 'machine',
        id,
        name: draftMachineName(id),
        cpus: row.cpus,
        memoryMib: row.memory_mib,
        disk: { pool, volume: draftDisk(id) },
        accelerator: row.accelerator === 'kvm' ? 'kvm' : 'tcg',
      }),
      ...(row.disk_gib === null ? {} : { cdrom: { pool, volume: draftMedium(id) } }),
      nics: [{ network: networkName(installation.id), macAddress: row.mac_address, neighbours: false }],
    }),
  );
}

/** Whoever changes it becomes root without a password; false while its agent is silent. A guest without our programs stays as it is. */
async function unlock(
  { step }: Context,
  driver: HostDriver,
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(await driver.machines.agentAnswers(id))) return false;
  const command = { path: '/usr/lib/orangery/author', timeoutMs: UNLOCK_TIMEOUT_MS };
  await step('draft.unlock', () => driver.machines.exec(id, command, signal)).catch((error: unknown) => {
    if (codeOf(error) === 'hostUnreachable') throw error;
  });
  return true;
}

/** Takes off it what belongs to one machine alone; may be run again. */
async function seal(driver: HostDriver, id: string, signal: AbortSignal): Promise<void> {
  const sealed = await driver.machines.exec(
    id,
    { path: '/usr/lib/orangery/seal', timeoutMs: SEAL_TIMEOUT_MS },
    signal,
  );
  if (sealed.exitCode === 0) return;
  throw new OrangeryError(
    'sealFailed',
    `It could not be sealed: its program ended with ${sealed.exitCode}: ${(sealed.stderr || sealed.stdout).slice(0, 500)}`,
    { fix: 'Look what stands in its way in the machine, and publish it again.' },
  );
}

/** Its disk on its own, fetched to where golden images live; then the version is tested like every other. */
async function publish(context: Context, { row, driver, pool }: View, signal: AbortSignal): Promise<void> {
  const { db, step, images } = context;
  const { version_id: id } = row;
  const name = `${row.imageName}-${id}`;
  const there = await images.find(name);
  if (there === undefined) {
    await step('draft.flatten', () =>
      driver.storage.flatten(pool, { name: draftFlat(id), from: draftDisk(id) }, signal),
    );
  }
  const built =
    there ??
    (await step('draft.fetch', () =>
      images.receive(name, () => driver.storage.download(pool, draftFlat(id)), {
        signal,
        onProgress: told(context, PROGRESS_MS, (bytes: number) =>
          db
            .updateTable('draft')
            .set({
              progress: JSON.stringify({
                step: 'Copy',
                fraction: 0.5,
                detail: `${Math.round(bytes / 2 ** 20)} MiB are where images are kept`,
              }),
            })
            .where('version_id', '=', id)
            .execute(),
        ),
      }),
    ));
  // It took minutes: somebody may have thrown it away meanwhile, and was told so.
  const { desired } = (await load(context, id)) ?? { desired: 'discarded' };
  if (desired !== 'published') return images.remove(built.path);
  await step('draft.finish', () => finishVersion(context, { id, image_id: row.image_id }, built));
}

/** Takes away what only the draft needed; of one that was discarded its version, and an image that has no other. */
async function clear(context: Context, { row, driver, pool }: View, signal: AbortSignal): Promise<void> {
  const { db, step, images } = context;
  const { version_id: id } = row;
  await step('draft.deleteVolumes', async () => {
    for (const name of [draftFlat(id), draftDisk(id), draftMedium(id)])
      await driver.storage.delete(pool, name);
  });
  await images.removeUpload(id);
  const { base_version_id: versionId } = row;
  await step('draft.deleteRow', () =>
    db.transaction().execute(async (trx) => {
      await trx.deleteFrom('draft').where('version_id', '=', id).execute();
      if (row.versionPhase !== 'authoring') return;
      await trx.deleteFrom('image_version').where('id', '=', id).execute();
      await deleteEmptyImage(trx, row.image_id);
    }),
  );
  if (versionId !== null)
    await deleteGoldenAfter(context, driver, { hostId: row.host_id, versionId }, signal);
}

/** An image that no recipe makes and that has no version is nothing. */
export async function deleteEmptyImage(trx: Context['db'], imageId: string): Promise<void> {
  await trx
    .deleteFrom('image')
    .where('id', '=', imageId)
    .where('recipe', 'is', null)
    .where(sql<boolean>`not exists (select from image_version where image_version.image_id = image.id)`)
    .where(sql<boolean>`not exists (select from pool where pool.image_id = image.id)`)
    .execute();
}
