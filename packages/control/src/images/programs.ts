import type { HostDriver } from '@orangery/hypervisor';
import { codeOf } from '@orangery/std';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { isIcon } from './icon.ts';

/** Reading some hundred small files takes a second or two under emulation. */
const READ_TIMEOUT_MS = 60_000;
const PROGRAMS_MAX = 200;

const programSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}\.desktop$/),
  name: z.string().trim().min(1).max(200),
  description: z.string().max(500),
  icon: z.base64().max(100_000),
});

export type Program = { program: string; name: string; description: string; icon: Buffer | null };

/** What a guest said of its programs. It is a guest's word: what does not fit is left out, and icons are looked at. */
export function programsOf(stdout: string): Program[] {
  let list: unknown;
  try {
    list = (JSON.parse(stdout) as { programs?: unknown } | null)?.programs;
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  const programs = new Map<string, Program>();
  for (const item of list.slice(0, PROGRAMS_MAX)) {
    const { success, data } = programSchema.safeParse(item);
    if (!success) continue;
    const bytes = Buffer.from(data.icon, 'base64');
    const { id: program, name, description } = data;
    programs.set(program, { program, name, description, icon: isIcon(bytes) ? bytes : null });
  }
  return [...programs.values()];
}

/**
 * Asks a guest of an image version which programs it offers, and keeps the answer with the version. An image of others,
 * that cannot say, offers none.
 */
export async function readPrograms(
  { db, step }: Context,
  driver: HostDriver,
  machineId: string,
  imageVersionId: string,
  signal: AbortSignal,
): Promise<void> {
  const known = await db
    .selectFrom('image_program')
    .select('program')
    .where('image_version_id', '=', imageVersionId)
    .limit(1)
    .executeTakeFirst();
  if (known !== undefined) return;
  await step('template.readPrograms', async () => {
    const command = { path: '/usr/lib/orangery/programs', timeoutMs: READ_TIMEOUT_MS };
    const told = await driver.machines.exec(machineId, command, signal).catch((error: unknown) => {
      if (signal.aborted || codeOf(error) === 'hostUnreachable') throw error;
      return { exitCode: -1, stdout: '', stderr: '' };
    });
    const programs = told.exitCode === 0 ? programsOf(told.stdout) : [];
    if (programs.length === 0) return;
    await db
      .insertInto('image_program')
      .values(programs.map((program) => ({ ...program, image_version_id: imageVersionId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}
