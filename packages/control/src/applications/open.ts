import { OrangeryError } from '@orangery/std';
import { sql } from 'kysely';
import { openDesktop } from '../broker/broker.ts';
import type { Context } from '../context.ts';
import type { Locale } from '../machines/profile.ts';

const TRIES_MAX = 3;

/**
 * Opens an application: in the person's session of its pool where there is one, else in a new one that shows nothing else
 * and ends with its last window. A second application of the pool opens beside the first; in a session that shows the whole desktop it is
 * one window more. Clicks that come while the first is not carried out yet are one.
 */
export async function openApplication(
  context: Context,
  principal: { id: string; tenantId: string },
  application: { id: string; pool_id: string; program: string; title: string },
  locale: Locale = {},
): Promise<{ sessionId: string; made: boolean }> {
  const { db } = context;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const opened = await openDesktop(context, principal, application.pool_id, locale, 'application');
    const { sessionId } = opened;
    const there = await db.transaction().execute(async (trx) => {
      // With its row locked it does not end in between, and clicks come one after the other.
      const session = await trx
        .selectFrom('session')
        .select('machine_id')
        .where('id', '=', sessionId)
        .where('ended_at', 'is', null)
        .forUpdate()
        .executeTakeFirst();
      if (session === undefined) return false;
      await sql`insert into session_program (session_id, application_id, program, title)
        select ${sessionId}, ${application.id}, ${application.program}, ${application.title}
        where not exists (select from session_program
          where session_id = ${sessionId} and program = ${application.program} and started_at is null)`.execute(
        trx,
      );
      if (session.machine_id !== null)
        await sql`select pg_notify('orangery_nudge', ${`machines:${session.machine_id}`})`.execute(trx);
      return true;
    });
    if (there) return opened;
  }
  throw new OrangeryError('CONFLICT', 'The session ended while it was opened. Click again.');
}
