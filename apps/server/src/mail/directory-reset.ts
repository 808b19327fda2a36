import { allDirectories, type Context, isLdap, isReachable } from '@orangery/control';
import { codeOf, messageOf } from '@orangery/std';

/** Whom a link to choose a new password of a directory is for. */
export type ResetOf = { name: string; email: string; source: string; externalId: string };

/**
 * Who has this address in a directory that lets its people choose a new password by mail, also if they have never been
 * here. The mail goes to the address that the directory tells, which is the one that was typed.
 */
export async function findForReset(
  control: Pick<Context, 'db' | 'unseal' | 'openDirectory' | 'log'>,
  email: string,
): Promise<ResetOf | undefined> {
  if (!isReachable(email)) return undefined;
  let fault: unknown;
  for (const directory of (await allDirectories(control)).filter(isLdap)) {
    if (!directory.enabled || !directory.settings.passwords.reset) continue;
    try {
      const connection = await control.openDirectory(
        { ...directory.settings, loginAttributes: ['mail'] },
        directory.secret,
      );
      try {
        const person = await connection.find(email);
        if (person === undefined || person === 'several' || person.disabled) continue;
        if (person.email?.trim().toLowerCase() !== email) continue;
        return { name: person.name, email, source: directory.name, externalId: person.id };
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (codeOf(error) !== 'directoryUnreachable') throw error;
      control.log.warn(
        { directory: directory.name, reason: messageOf(error) },
        'a directory cannot be asked',
      );
      fault = error;
    }
  }
  // The mail waits until the directory answers.
  if (fault !== undefined) throw fault;
  return undefined;
}
