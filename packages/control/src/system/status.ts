import type { statusSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { isSetupNeeded } from '../people/service.ts';
import { progressOf } from '../rows.ts';

export type Status = z.infer<typeof statusSchema>;
type StepState = Status['steps'][number];

/** How far an installation is on its way to the first desktop. */
export async function systemStatus(context: Context, version: string): Promise<Status> {
  const { db, installation } = context;
  const host = await db
    .selectFrom('host')
    .selectAll()
    .orderBy(sql`phase <> 'ready'`)
    .limit(1)
    .executeTakeFirst();
  const image = await db
    .selectFrom('image_version')
    .selectAll()
    // What somebody changes or brings along is no part of the way there.
    .where('phase', 'in', ['planned', 'building', 'ready', 'failed'])
    .where((eb) =>
      eb.or([eb('phase', '=', 'ready'), eb.and([eb('source', '=', 'recipe'), eb('path', 'is', null)])]),
    )
    .orderBy(sql`phase <> 'ready'`, 'desc')
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const template = await db
    .selectFrom('template')
    .selectAll()
    .where('desired', '=', 'ready')
    .orderBy(sql`phase <> 'ready'`)
    .limit(1)
    .executeTakeFirst();
  const machine = await db
    .selectFrom('machine')
    .selectAll()
    .where('desired', '=', 'running')
    .orderBy(sql`phase <> 'ready'`)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { running } = await db
    .selectFrom('host')
    .select((eb) => eb.fn.countAll<number>().as('running'))
    .where('phase', '!=', 'stopped')
    .executeTakeFirstOrThrow();
  const step = (
    name: string,
    before: boolean,
    row: { phase: string; reason: string | null; progress?: unknown } | undefined,
    failures: readonly string[],
  ): StepState => {
    const state =
      row?.phase === 'ready'
        ? 'done'
        : failures.includes(row?.phase ?? '')
          ? 'failed'
          : before
            ? 'running'
            : 'waiting';
    return { name, state, progress: progressOf(row?.progress), reason: row?.reason ?? null };
  };
  const hostStep = step('Host', true, host, ['unreachable', 'unusable']);
  const imageStep = step('Golden image', true, image, ['failed']);
  const templateStep = step('Template', imageStep.state === 'done', template, ['failed']);
  const machineStep = step('First desktop', templateStep.state === 'done', machine, ['failed']);
  return {
    version,
    installationId: installation.id,
    setupNeeded: await isSetupNeeded(context),
    stopped: running === 0,
    steps: [hostStep, imageStep, templateStep, machineStep],
  };
}

export async function listLoopStatus({ db }: Context) {
  const rows = await db
    .selectFrom('loop_status')
    .selectAll()
    .orderBy('loop')
    .orderBy('key')
    .limit(5_000)
    .execute();
  return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
}
