import {
  changedMail,
  type Context,
  isReachable,
  type Mailer,
  mailSettings,
  RESET_LIFE_MS,
  resetMail,
  VERIFY_LIFE_MS,
  verifyMail,
} from '@orangery/control';
import type { MailSettings } from '@orangery/contract';
import type { Auth } from '../identity/auth.ts';
import { findForReset } from './directory-reset.ts';
import { sendMail } from './smtp.ts';

const TOKEN_BYTES = 32;
/** Of the sign-in library: by this its own operation finds what a link stands for. */
const RESET = 'reset-password:';
export const VERIFY = 'orangery-verify:';
export const DIRECTORY_RESET = 'orangery-directory-reset:';

/** Writes the mails that are asked for. Links are made here and kept as digests only; a second mail has one of its own. */
export function createMailer(
  auth: Auth,
  context: Pick<Context, 'db' | 'seal' | 'unseal' | 'clock' | 'rng' | 'log' | 'openDirectory'>,
): Mailer {
  const { db, clock, rng } = context;
  const resetElsewhere = async (settings: MailSettings, email: string): Promise<'sent' | 'nobody'> => {
    const person = await findForReset(context, email);
    if (person === undefined) return 'nobody';
    const token = rng.bytes(TOKEN_BYTES).toString('base64url');
    const { internalAdapter } = await auth.$context;
    await internalAdapter.createVerificationValue({
      identifier: `${DIRECTORY_RESET}${token}`,
      value: JSON.stringify({ source: person.source, externalId: person.externalId }),
      expiresAt: new Date(clock.now() + RESET_LIFE_MS),
    });
    await sendMail(settings, email, resetMail(settings.publicUrl, person, token));
    return 'sent';
  };
  return {
    async deliver({ kind, email, what }) {
      const settings: MailSettings | undefined = await mailSettings(context);
      if (settings === undefined) return 'off';
      const user = await db
        .selectFrom('auth_user')
        .innerJoin('principal', 'principal.auth_user_id', 'auth_user.id')
        .select(['auth_user.id', 'auth_user.name', 'auth_user.email', 'principal.source'])
        .where('email', '=', email)
        .executeTakeFirst();
      // Whose password is elsewhere has none here, and gets none by a mail.
      if (kind === 'reset' && user?.source !== 'local') return resetElsewhere(settings, email);
      if (user === undefined || !isReachable(user.email)) return 'nobody';
      if (kind === 'changed') {
        await sendMail(settings, user.email, changedMail(settings.publicUrl, user, what ?? ''));
        return 'sent';
      }
      const token = rng.bytes(TOKEN_BYTES).toString('base64url');
      const { internalAdapter } = await auth.$context;
      await internalAdapter.createVerificationValue({
        identifier: `${kind === 'reset' ? RESET : VERIFY}${token}`,
        // A link that confirms an address confirms that one alone.
        value: kind === 'reset' ? user.id : JSON.stringify({ userId: user.id, email: user.email }),
        expiresAt: new Date(clock.now() + (kind === 'reset' ? RESET_LIFE_MS : VERIFY_LIFE_MS)),
      });
      const write = kind === 'reset' ? resetMail : verifyMail;
      await sendMail(settings, user.email, write(settings.publicUrl, user, token));
      return 'sent';
    },
  };
}
