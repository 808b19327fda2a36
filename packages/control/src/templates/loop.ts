import type { DB } from '@orangery/database';
import type { HostDriver, TemplateParts } from '@orangery/hypervisor';
import { backoffMs, codeOf, invariant, OrangeryError } from '@orangery/std';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { readPrograms } from '../images/programs.ts';
import { describeMachine } from '../machines/describe.ts';
import {
  goldenVolume,
  storagePoolName,
  templateDisk,
  templateMachineName,
  templateMemory,
} from '../names.ts';
import { reasonOf } from '../reason.ts';
import { deleteGoldenAfter, importGolden } from '../images/golden.ts';
import { decideRest, hangs } from './policy.ts';
import { createRestWatch } from './rest-watch.ts';

const RETRY_FIRST_MS = 5_000;
const RETRY_MAX_MS = 300_000;
const LOOK_AGAIN_MS = 1_000;

type TemplateRow = Selectable<DB['template']> & {
  imagePath: string | null;
  fileBytes: number | null;
  imageName: string;
  accelerator: string;
};

/** Brings each template row to a saved machine: golden image to the host, boot, wait for rest, save. */
export function templatesLoop(context: Context): Loop {
  const { db, clock, rng } = context;
  const restOf = createRestWatch(clock);
  return {
    name: 'templates',
    periodMs: 10_000,
    parallel: 2,
    async keys() {
      const rows = await db.selectFrom('template').select('id').execute();
      return rows.map((row) => row.id);
    },
    async turn(id, signal): Promise<Turn> {
      const row = await load(context, id);
      if (row === undefined) return gone();
      const now = clock.now();
      if (row.desired === 'ready' && row.retry_at !== null && row.retry_at.getTime() > now) {
        return waiting(row.reason ?? 'waits before the next try', row.retry_at.getTime() - now);
      }
      const driver = await context.drivers.of(row.host_id);
      try {
        return await turn(context, driver, row, restOf, signal);
      } catch (error) {
        if (signal.aborted || codeOf(error) === 'hostUnreachable') throw error;
        const retryMs = backoffMs(row.attempts, RETRY_FIRST_MS, RETRY_MAX_MS, rng);
        // Nothing half made stays: the next try begins anew.
        await remove(context, driver, id).catch(() => {});
        await db
          .updateTable('template')
          .set({
            phase: 'failed',
            progress: null,
            reason: reasonOf(error),
            attempts: row.attempts + 1,
            retry_at: new Date(clock.now() + retryMs),
          })
          .where('id', '=', id)
          .execute();
        return failed(reasonOf(error), retryMs);
      }
    },
  };
}

function load({ db }: Context, id: string): Promise<TemplateRow | undefined> {
  return db
    .selectFrom('template')
    .innerJoin('image_version', 'image_version.id', 'template.image_version_id')
    .innerJoin('image', 'image.id', 'image_version.image_id')
    .innerJoin('host', 'host.id', 'template.host_id')
    .selectAll('template')
    .select([
      'image_version.path as imagePath',
      sql<string>`host.facts->>'accelerator'`.as('accelerator'),
      'image_version.file_bytes as fileBytes',
      'image.name as imageName',
    ])
    .where('template.id', '=', id)
    .executeTakeFirst();
}

function partsOf({ installation }: Context, id: string): TemplateParts {
  return {
    pool: storagePoolName(installation.id),
    diskVolume: templateDisk(id),
    memoryVolume: templateMemory(id),
  };
}

async function turn(
  context: Context,
  driver: HostDriver,
  row: TemplateRow,
  restOf: ReturnType<typeof createRestWatch>,
  signal: AbortSignal,
): Promise<Turn> {
  const { db, step, clock } = context;
  const bootMs = context.limits.templateBootMs;
  const { templates } = driver;
  if (templates === undefined) return settled('this host cannot fork machines');
  const parts = partsOf(context, row.id);
  const setPhase = (phase: TemplateRow['phase'], values: { reason?: string | null } = {}): Promise<unknown> =>
    db
      .updateTable('template')
      .set({ phase, phase_since: sql`now()`, progress: null, ...values })
      .where('id', '=', row.id)
      .execute();

  if (row.desired === 'absent') {
    const { machines } = await db
      .selectFrom('machine')
      .select((eb) => eb.fn.countAll<number>().as('machines'))
      .where('template_id', '=', row.id)
      .executeTakeFirstOrThrow();
    if (machines > 0) return waiting(`${machines} machines stand on it`);
    await remove(context, driver, row.id);
    await deleteGoldenAfter(
      context,
      driver,
      { hostId: row.host_id, versionId: row.image_version_id, without: row.id },
      signal,
    );
    await db.deleteFrom('template').where('id', '=', row.id).execute();
    return gone();
  }
  if (row.phase === 'ready') {
    const lost = await lostVolume(driver, parts, row.image_version_id);
    if (lost === undefined) return settled('ready');
    throw new OrangeryError('volumeLost', `${lost} of ${row.imageName} is gone from the host’s storage`, {
      fix: 'The template is made anew by itself. Find out who deletes files there: machines stand on them.',
    });
  }
  const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
  if (desired !== 'running') {
    await remove(context, driver, row.id);
    await setPhase('planned');
    return settled('the installation is stopped');
  }

  const machine = await driver.machines.find(row.id);
  if (row.phase === 'booting' && machine?.state === 'running') {
    const signs = await restOf(driver, row.id, signal);
    const hang = hangs(signs);
    if (hang !== undefined) {
      throw new OrangeryError('guestHangs', `${row.imageName} was begun anew: ${hang}`, {
        fix: 'If it happens each time, look at its console: the image may not boot on this host.',
      });
    }
    const rest = decideRest(signs);
    if (!rest.atRest) {
      if (clock.now() - row.phase_since.getTime() > bootMs) {
        throw new OrangeryError(
          'guestNeverReady',
          `${row.imageName} did not come to rest within ${Math.round(bootMs / 1000)} s: ${rest.reason}`,
          { fix: 'Look at its console while the next try boots: the image may not boot at all.' },
        );
      }
      const detail = { step: 'Boot', fraction: rest.fraction, detail: rest.reason };
      await db
        .updateTable('template')
        .set({ progress: JSON.stringify(detail) })
        .where('id', '=', row.id)
        .execute();
      return waiting(rest.reason, LOOK_AGAIN_MS);
    }
    await readPrograms(context, driver, row.id, row.image_version_id, signal);
    await setPhase('saving');
    const saved = await step('template.save', () => templates.save(row.id, parts));
    await step('template.markReady', () =>
      db
        .updateTable('template')
        .set({
          phase: 'ready',
          phase_since: sql`now()`,
          ready_at: sql`now()`,
          saved_memory_bytes: saved.memoryBytes,
          save_head: saved.head,
          progress: null,
          reason: null,
          attempts: 0,
          retry_at: null,
        })
        .where('id', '=', row.id)
        .execute(),
    );
    await nudgePools(context);
    return progress('saved');
  }

  if (row.phase === 'booting' && machine === undefined) {
    // A try that fails waits longer each time; beginning anew at once would boot a broken image for ever.
    throw new OrangeryError('guestEnded', `The machine of ${row.imageName} ended while it booted`, {
      fix: 'Look at its log in /var/log/libvirt/qemu on the host; the image may not boot at all.',
    });
  }

  // Whatever else is there was cut off: begin anew.
  await remove(context, driver, row.id);
  await setPhase('copying', { reason: null });
  await bringGolden(context, driver, row, signal);
  await step('template.createDisk', () =>
    driver.storage.createOverlay(parts.pool, {
      name: parts.diskVolume,
      backing: goldenVolume(row.image_version_id),
    }),
  );
  await step('template.start', () =>
    driver.machines.start(
      describeMachine({
        installation: context.installation,
        kind: 'template',
        id: row.id,
        name: templateMachineName(row.id),
        cpus: row.cpus,
        memoryMib: row.memory_mib,
        disk: { pool: parts.pool, volume: parts.diskVolume },
        accelerator: row.accelerator === 'kvm' ? 'kvm' : 'tcg',
      }),
    ),
  );
  // Only now, so that "booting" without a machine means that the guest ended by itself.
  await setPhase('booting');
  return progress('boots', LOOK_AGAIN_MS);
}

/** The image's disk on the template's host, with its progress in the template's row. */
async function bringGolden(
  context: Context,
  driver: HostDriver,
  row: TemplateRow,
  signal: AbortSignal,
): Promise<void> {
  const { imagePath, fileBytes } = row;
  invariant(imagePath !== null && fileBytes !== null, 'a current image version is built');
  const golden = { hostId: row.host_id, versionId: row.image_version_id, path: imagePath, fileBytes };
  await importGolden(
    context,
    driver,
    golden,
    (progress) =>
      context.db
        .updateTable('template')
        .set({ progress: JSON.stringify(progress) })
        .where('id', '=', row.id)
        .where('phase', '=', 'copying')
        .execute(),
    signal,
  );
}

/** Somebody deleted it behind our back: machines that run go on, new ones would fail one after the other. */
async function lostVolume(
  { storage }: HostDriver,
  { pool, diskVolume, memoryVolume }: TemplateParts,
  versionId: string,
): Promise<string | undefined> {
  for (const name of [goldenVolume(versionId), diskVolume, memoryVolume]) {
    // A storage that does not answer has not lost anything yet.
    const there = await storage.find(pool, name).then(
      (volume) => volume !== undefined,
      () => true,
    );
    if (!there) return name;
  }
  return undefined;
}

async function remove(context: Context, driver: HostDriver, id: string): Promise<void> {
  const parts = partsOf(context, id);
  await context.step('template.destroy', () => driver.machines.destroy(id));
  await context.step('template.deleteVolumes', async () => {
    await driver.storage.delete(parts.pool, parts.memoryVolume);
    await driver.storage.delete(parts.pool, parts.diskVolume);
  });
}

async function nudgePools({ db }: Context): Promise<void> {
  await sql`select pg_notify('orangery_nudge', 'pools:'), pg_notify('orangery_nudge', 'images:')`.execute(db);
}
