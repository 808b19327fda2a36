import type { HostDriver } from '@orangery/hypervisor';
import { codeOf } from '@orangery/std';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { endSession } from '../sessions/service.ts';

/** A window manager is replaced and programs are begun: seconds under emulation. */
const ARRANGE_TIMEOUT_MS = 60_000;
const LOOK_TIMEOUT_MS = 10_000;
const PROGRAMS_MAX = 20;

const answerSchema = z.object({
  arranged: z.boolean(),
  started: z.array(z.string()).max(100),
  failed: z.array(z.object({ id: z.string(), reason: z.string().max(1_000) })).max(100),
});

/**
 * Has the guest show what its session is to show, and start what was opened. The guest remembers what it started by the
 * rows' ids: again starts nothing twice. `inUse`: somebody works on the machine. Then a guest that does not answer costs
 * what was to be opened, and never the machine.
 */
export async function arrange(
  { db, step, clock }: Context,
  driver: HostDriver,
  machineId: string,
  session: { id: string; mode: 'desktop' | 'application'; inUse: boolean },
  signal: AbortSignal,
): Promise<void> {
  const programs = await db
    .selectFrom('session_program')
    .select(['id', 'program'])
    .where('session_id', '=', session.id)
    .where('started_at', 'is', null)
    .where('reason', 'is', null)
    .orderBy('created_at')
    .limit(PROGRAMS_MAX)
    .execute();
  await step('machine.arrange', async () => {
    const input = JSON.stringify({ mode: session.mode, programs });
    const command = { path: '/usr/lib/orangery/arrange', input, timeoutMs: ARRANGE_TIMEOUT_MS };
    const result = await driver.machines.exec(machineId, command, signal).catch((error: unknown) => {
      // An image of others has no such program.
      if (codeOf(error) === 'refused') return { exitCode: 127, stdout: '', stderr: '' };
      const silent = codeOf(error) === 'agentUnavailable' || codeOf(error) === 'timedOut';
      if (!silent || !session.inUse) throw error;
      return { exitCode: -1, stdout: JSON.stringify({ error: 'its guest does not answer' }), stderr: '' };
    });
    const answer = answerOf(result);
    await db.transaction().execute(async (trx) => {
      for (const { id } of programs) {
        const reason =
          answer.reason ??
          answer.failed.find((each) => each.id === id)?.reason ??
          (answer.started.includes(id) ? null : 'its guest did not start it');
        await trx
          .updateTable('session_program')
          .set({ started_at: new Date(clock.now()), reason })
          .where('id', '=', id)
          .execute();
      }
      await trx.updateTable('machine').set({ arranged: session.mode }).where('id', '=', machineId).execute();
      // Who waits for it looks again.
      await sql`select pg_notify('orangery_change', ${`session:${session.id}`})`.execute(trx);
    });
  });
}

type Answer = { reason: string | undefined; started: string[]; failed: { id: string; reason: string }[] };

/** The guest's word. */
export function answerOf({ exitCode, stdout }: { exitCode: number; stdout: string }): Answer {
  const none = (reason: string): Answer => ({ reason, started: [], failed: [] });
  if (exitCode === 127) return none('its image cannot show single programs: build it anew');
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return none(`its guest answered nothing that is known, and ended with ${exitCode}`);
  }
  const { success, data } = answerSchema.safeParse(answer);
  if (success && exitCode === 0) return { reason: undefined, ...data };
  const told = z.object({ error: z.string() }).safeParse(answer);
  return none(
    told.success ? told.data.error.slice(0, 500) : `its guest ended with ${exitCode}, and did not say why`,
  );
}

/** Why a session that shows programs alone is over; undefined while it is not. */
export async function overReason(
  { db }: Context,
  driver: HostDriver,
  machineId: string,
  sessionId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const programs = await db
    .selectFrom('session_program')
    .select(['title', 'reason'])
    .where('session_id', '=', sessionId)
    .orderBy('created_at', 'desc')
    .execute();
  const started = programs.filter(({ reason }) => reason === null);
  const [last] = programs;
  if (started.length === 0 && last !== undefined) return `${last.title} could not be started: ${last.reason}`;
  const { stdout } = await driver.machines.exec(
    machineId,
    { path: '/bin/cat', args: ['/run/user/1000/orangery-programs'], timeoutMs: LOOK_TIMEOUT_MS },
    signal,
  );
  const word = stdout.trim();
  if (word === 'over') return 'its last window was closed';
  return word === 'nothing' ? `${last?.title ?? 'it'} showed no window in its time` : undefined;
}

/** Ends a session that shows programs alone, unless something else was opened in it in this moment. */
export function endFinished(context: Context, sessionId: string, reason: string): Promise<void> {
  return endSession(context, sessionId, reason, { only: 'finished' });
}
