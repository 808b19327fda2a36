import type { HostDriver } from '@orangery/hypervisor';
import { codeOf, OrangeryError } from '@orangery/std';
import { z } from 'zod';
import type { Context } from '../context.ts';

/** Its session is ended and begun anew, while the guest still boots. */
const ACCOUNT_TIMEOUT_MS = 120_000;
const LOGIN_LENGTH_MAX = 31;
/** What an image without our program has: the account that all others have, too. */
const FIXED_ACCOUNT = 'desktop';

const answerSchema = z.object({ account: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/) });

/** A person's name as Linux takes it: `Ada Lovelace` is `ada-lovelace`. */
export function loginOf(name: string): string {
  const login = name
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+/g, '')
    .slice(0, LOGIN_LENGTH_MAX)
    .replaceAll(/-+$/g, '');
  return login === '' ? 'person' : login;
}

/** Gives the account of a machine that is a person's own their name. Again is harmless. */
export async function makeOwnAccount(
  { db, step }: Context,
  driver: HostDriver,
  machine: { id: string; name: string },
  person: string,
  signal: AbortSignal,
): Promise<void> {
  const input = JSON.stringify({ login: loginOf(person), name: person });
  await step('machine.ownAccount', async () => {
    const command = { path: '/usr/lib/orangery/own-account', input, timeoutMs: ACCOUNT_TIMEOUT_MS };
    const result = await driver.machines.exec(machine.id, command, signal).catch((error: unknown) => {
      if (codeOf(error) !== 'refused') throw error;
      return { exitCode: 0, stdout: JSON.stringify({ account: FIXED_ACCOUNT }), stderr: '' };
    });
    const account = accountIn(result);
    if (account === undefined) {
      const why = result.stdout.slice(0, 500) || result.stderr.slice(0, 500);
      throw new OrangeryError(
        'accountFailed',
        `The account of ${machine.name} could not be given the name of ${person}: ${why}`,
      );
    }
    await db.updateTable('machine').set({ account }).where('id', '=', machine.id).execute();
  });
}

function accountIn({ exitCode, stdout }: { exitCode: number; stdout: string }): string | undefined {
  if (exitCode !== 0) return undefined;
  try {
    return answerSchema.safeParse(JSON.parse(stdout)).data?.account;
  } catch {
    return undefined;
  }
}
