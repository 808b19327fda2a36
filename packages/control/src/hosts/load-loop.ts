import type { HostCounters } from '@orangery/hypervisor';
import { codeOf } from '@orangery/std';
import type { Context } from '../context.ts';
import { failed, gone, type Loop, settled, waiting } from '../loops/loop.ts';
import { nudgeStarts } from '../machines/start.ts';
import { reasonOf } from '../reason.ts';
import { sampleKeeper } from '../samples/keeper.ts';
import { decideStarts, loadBetween } from './throttle.ts';

/** Measures how busy each host is, says how many machines may start on it at the same time, and keeps points for charts. */
export function loadsLoop(context: Context): Loop {
  const { db, drivers, clock } = context;
  /** The last look of this server; another's is as good, so that it need not outlive it. */
  const before = new Map<string, HostCounters>();
  const samples = sampleKeeper(context);
  return {
    name: 'loads',
    periodMs: 5_000,
    parallel: 16,
    async keys() {
      const rows = await db.selectFrom('host').select('id').where('phase', '=', 'ready').execute();
      return rows.map((row) => row.id);
    },
    async turn(id, signal) {
      const host = await db.selectFrom('host').selectAll().where('id', '=', id).executeTakeFirst();
      if (host === undefined) return gone();
      if (host.phase !== 'ready') return waiting('waits for the host');
      try {
        const counters = await (await drivers.of(id)).counters();
        const earlier = before.get(id);
        before.set(id, counters);
        await samples.keep(host, { counters, atMs: clock.monotonicMs() });
        const load = earlier === undefined ? undefined : loadBetween(earlier, counters);
        if (load === undefined) return waiting('waits for a second look');
        const { startsMax, reason } = decideStarts(load, host.starts_max, cpusOf(host.facts));
        await db
          .updateTable('host')
          .set({ load: JSON.stringify(load), starts_max: startsMax, starts_reason: reason })
          .where('id', '=', id)
          .execute();
        if (startsMax > host.starts_max) await nudgeStarts(db, id, startsMax - host.starts_max);
        return settled(`${startsMax} at a time: ${reason}`);
      } catch (error) {
        if (signal.aborted) throw error;
        before.delete(id);
        samples.forget(id);
        return failed(codeOf(error) === 'hostUnreachable' ? 'the host is away' : reasonOf(error));
      }
    },
  };
}

function cpusOf(facts: unknown): number {
  return typeof facts === 'object' && facts !== null && 'cpus' in facts && typeof facts.cpus === 'number'
    ? facts.cpus
    : 1;
}
