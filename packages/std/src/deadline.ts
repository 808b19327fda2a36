import type { Clock } from './clock.ts';
import { OrangeryError } from './errors.ts';

/**
 * Runs `work` with a signal that is aborted after `ms`, or when `parent` is. The error names what was tried,
 * so that "timed out" never stands alone in a log.
 *
 * @param what a phrase that completes "… took longer than", as in `the guest agent's answer`
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const expired = Promise.withResolvers<never>();
  expired.promise.catch(() => {});
  const end = (reason: unknown): void => {
    controller.abort(reason);
    expired.reject(reason);
  };
  const cancel = clock.after(ms, () => {
    end(new OrangeryError('deadlineExceeded', `${what} took longer than ${ms} ms`));
  });
  const onParent = (): void => end(parent?.reason);
  if (parent?.aborted) onParent();
  else parent?.addEventListener('abort', onParent, { once: true });
  try {
    return await Promise.race([work(controller.signal), expired.promise]);
  } finally {
    cancel();
    parent?.removeEventListener('abort', onParent);
  }
}
