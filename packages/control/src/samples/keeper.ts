import type { Context } from '../context.ts';
import { COARSE, FINE, type Look } from './policy.ts';
import { keepSample, type Span } from './store.ts';

const SPANS = [
  { span: 'hour', everyMs: FINE.everyMs },
  { span: 'week', everyMs: COARSE.everyMs },
] as const;

/** Makes points of charts of looks at hosts: of those that are far enough apart. Another server's are as good. */
export function sampleKeeper(context: Context): {
  keep: (host: { id: string; facts: unknown }, look: Look) => Promise<void>;
  forget: (hostId: string) => void;
} {
  /** Where the next point begins. */
  const begun: Readonly<Record<Span, Map<string, Look>>> = { hour: new Map(), week: new Map() };
  return {
    async keep(host, look) {
      for (const { span, everyMs } of SPANS) {
        const from = begun[span].get(host.id);
        if (from !== undefined && look.atMs - from.atMs < everyMs) continue;
        begun[span].set(host.id, look);
        if (from !== undefined) await keepSample(context, host, span, [from, look]);
      }
    },
    forget(hostId) {
      for (const { span } of SPANS) begun[span].delete(hostId);
    },
  };
}
