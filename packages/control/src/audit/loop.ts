import { messageOf } from '@orangery/std';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';
import { chainEvents, deleteOldEvents } from './log.ts';
import { auditSettings, noteSent, sentUpTo } from './settings.ts';
import { exportAudit, recordAudit } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SEND_BATCH = 500;
const SEND_AGAIN_MS = 30_000;

/**
 * Keeps the audit log: `chain` gives events their place, `syslog` sends them on, `retention` deletes the oldest. Events
 * are written by whoever does something, with nothing to wait for; here is the one writer of the chain.
 */
export function auditsLoop(context: Context): Loop {
  const { db, clock } = context;
  const turns: Readonly<Record<string, () => Promise<Turn>>> = {
    async chain() {
      const count = await chainEvents(context);
      return count === 0 ? gone() : progress(`${count} events`);
    },

    async syslog() {
      const { syslog } = await auditSettings(context);
      const sent = await sentUpTo(context);
      if (syslog === null || sent === undefined) return gone();
      const events = await exportAudit(context, sent, SEND_BATCH);
      const last = events.at(-1);
      if (last === undefined) return settled('all is sent');
      try {
        await context.syslog(syslog, events);
      } catch (error) {
        return failed(messageOf(error), SEND_AGAIN_MS);
      }
      await noteSent(context, last.position);
      return progress(`sent up to ${last.position}`);
    },

    async retention() {
      const { keepDays, syslog } = await auditSettings(context);
      if (keepDays === null) return gone();
      const before = new Date(clock.now() - keepDays * DAY_MS);
      const sent = syslog === null ? undefined : ((await sentUpTo(context)) ?? 0);
      const deleted = await deleteOldEvents(context, before, sent);
      if (deleted > 0) {
        await recordAudit(context, {
          actor: 'Orangery',
          action: 'audit.retention',
          subject: { kind: 'installation', id: context.installation.id },
          outcome: 'done',
          why: `kept for ${keepDays} days`,
          detail: { deleted },
        });
      }
      return waiting(deleted === 0 ? 'nothing is old enough' : `${deleted} old events deleted`);
    },
  };
  /** Not more often than each hour: each deletion is an event itself. */
  const hasOld = async (keepDays: number): Promise<boolean> => {
    const old = await db
      .selectFrom('audit_event')
      .select('id')
      .where('at', '<', new Date(clock.now() - keepDays * DAY_MS))
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('audit_anchor')
              .select('position')
              .where('at', '>', new Date(clock.now() - HOUR_MS)),
          ),
        ),
      )
      .orderBy('at')
      .limit(1)
      .executeTakeFirst();
    return old !== undefined;
  };
  return {
    name: 'audits',
    periodMs: 2_000,
    parallel: 3,
    async keys() {
      const unchained = await db
        .selectFrom('audit_event')
        .select('id')
        .where('position', 'is', null)
        .limit(1)
        .executeTakeFirst();
      const { keepDays, syslog } = await auditSettings(context);
      return [
        ...(unchained === undefined ? [] : ['chain']),
        ...(syslog === null ? [] : ['syslog']),
        ...(keepDays === null || !(await hasOld(keepDays)) ? [] : ['retention']),
      ];
    },
    turn: (key) => turns[key]?.() ?? Promise.resolve(gone()),
  };
}
