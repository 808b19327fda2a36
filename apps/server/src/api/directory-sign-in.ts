import type { Directory, Guess } from '@orangery/control';
import type { Vouched } from '../directories/vouch.ts';
import { auditAs } from './base.ts';
import type { ApiContext } from './context.ts';
import { entered } from './entered.ts';

type Errors = {
  SIGN_IN_REFUSED: (options?: { message: string }) => Error;
  TOO_MANY_TRIES: () => Error;
  UNAVAILABLE: (options: { message: string }) => Error;
};

/** Who was vouched for; throws what is told anybody else. `guess`: at the name that was typed. */
export async function requireVouched(
  context: ApiContext,
  vouched: Exclude<Vouched, { kind: 'nobody' }>,
  login: string,
  guess: Guess,
  errors: Errors,
): Promise<{ userId: string; directory: Directory }> {
  if (vouched.kind === 'unreachable') {
    // Nobody has looked at what was typed.
    await guess.right();
    await auditAs(context, { email: login }, 'signIn', 'failed', { why: vouched.reason });
    throw errors.UNAVAILABLE({ message: vouched.reason });
  }
  const { directory, userId } = vouched;
  if (vouched.kind === 'in') {
    await guess.right();
    if (vouched.made)
      await auditAs(context, vouched.userId, 'user.create', 'done', { directory: directory.name });
    return { userId: vouched.userId, directory };
  }
  const why = vouched.kind === 'tooMany' ? 'too many tries' : vouched.why;
  await auditAs(context, userId ?? { email: login }, 'signIn', 'refused', { why, directory: directory.name });
  // Only where they have been before: elsewhere it would tell whom the directory has.
  if (vouched.kind === 'tooMany' && vouched.known) throw errors.TOO_MANY_TRIES();
  if (vouched.kind === 'refused' && vouched.tell !== undefined)
    throw errors.SIGN_IN_REFUSED({ message: vouched.tell });
  throw errors.SIGN_IN_REFUSED();
}

/** Signs in whom a directory vouches for; who has a second factor is asked for it. */
export async function enterFromDirectory(
  context: ApiContext,
  { userId, directory }: { userId: string; directory: Directory },
  how: string,
  errors: Errors,
): Promise<{ next: 'done' | 'secondFactor' }> {
  const { auth, headers } = context;
  const answer = await auth.api.signInFromDirectory({ body: { userId }, headers, returnHeaders: true });
  context.setCookies(answer.headers);
  if ('twoFactorRedirect' in answer.response) return { next: 'secondFactor' };
  if (answer.response.id === undefined) throw errors.SIGN_IN_REFUSED();
  await entered(context, userId, `${how} of ${directory.title}`);
  return { next: 'done' };
}
