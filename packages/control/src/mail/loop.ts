import { messageOf } from '@orangery/std';
import { recordAudit } from '../audit/store.ts';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, waiting } from '../loops/loop.ts';
import { retryAt } from './policy.ts';
import { forgetMail, postponeMail } from './store.ts';

/**
 * Sends each mail that is asked for, again after a while where it could not be, until nobody waits for it. A server that
 * is killed between sending and forgetting sends it twice.
 */
export function mailsLoop(context: Context): Loop {
  const { db, clock } = context;
  return {
    name: 'mails',
    periodMs: 30_000,
    parallel: 2,
    async keys() {
      const rows = await db.selectFrom('mail').select('id').orderBy('created_at').limit(1_000).execute();
      return rows.map(({ id }) => id);
    },
    async turn(id) {
      const mail = await db.selectFrom('mail').selectAll().where('id', '=', id).executeTakeFirst();
      if (mail === undefined) return gone();
      const now = clock.now();
      const waitMs = (mail.retry_at?.getTime() ?? 0) - now;
      if (waitMs > 0) return waiting('waits to try again', waitMs);
      try {
        const outcome = await context.mailer.deliver(mail);
        if (outcome !== 'nobody') await audit(context, mail.kind, outcome, {});
        await forgetMail(context, id);
        return gone();
      } catch (error) {
        const reason = messageOf(error);
        const at = retryAt(
          { kind: mail.kind, createdAtMs: mail.created_at.getTime() },
          mail.attempts + 1,
          now,
        );
        if (at === undefined) {
          await audit(context, mail.kind, 'failed', { reason: reason.slice(0, 500) });
          await forgetMail(context, id);
          return gone();
        }
        await postponeMail(context, id, at, reason);
        return failed(reason.slice(0, 500), at - now);
      }
    },
  };
}

function audit(context: Context, kind: string, outcome: string, detail: object): Promise<void> {
  return recordAudit(context, {
    actor: 'Orangery',
    action: `mail.${kind}`,
    subject: { kind: 'installation', id: context.installation.id },
    outcome,
    detail,
  });
}
