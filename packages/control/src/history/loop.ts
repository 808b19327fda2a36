import type { Context } from '../context.ts';
import { type Loop, progress, settled } from '../loops/loop.ts';
import { deleteOldMessages } from '../messages/store.ts';
import { deleteOldHistory } from './store.ts';

/** Deletes what was kept for people to look back at, once it is old. */
export function historiesLoop(context: Context): Loop {
  return {
    name: 'histories',
    periodMs: 600_000,
    parallel: 1,
    keys: () => Promise.resolve(['old']),
    async turn() {
      const deleted = (await deleteOldHistory(context)) + (await deleteOldMessages(context));
      return deleted === 0 ? settled('nothing is old enough') : progress(`${deleted} old ones deleted`);
    },
  };
}
