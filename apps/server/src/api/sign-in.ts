import {
  beginGuess,
  beginGuessAt,
  findPasskey,
  mailSettings,
  notePasskeyUse,
  rememberPlace,
  useCode,
} from '@orangery/control';
import { APIError } from 'better-auth';
import { CHALLENGE_COOKIE } from '../identity/auth.ts';
import { cookieOf, placeOf, setDevice } from '../identity/device-cookie.ts';
import { renewHash } from '../identity/accounts.ts';
import { checkPasskey, signInOptions } from '../identity/passkeys.ts';
import { api, auditAs } from './base.ts';
import type { ApiContext } from './context.ts';

/** The person is in: their browser and address are theirs from now on, and it is told who came. */
async function entered(context: ApiContext, userId: string, how: string): Promise<void> {
  await rememberPlace(context.control, userId, {
    address: context.client,
    device: setDevice(context),
  });
  await auditAs(context, userId, 'signIn', 'done', { how });
}

export const signIn = {
  ways: api.signIn.ways.handler(async ({ context }) => ({
    resetByMail: (await mailSettings(context.control)) !== undefined,
  })),

  password: api.signIn.password.handler(async ({ context, input, errors }) => {
    const { control, auth, headers } = context;
    const email = input.email.toLowerCase();
    const guess = await beginGuess(control, email, placeOf(context));
    if (guess === undefined) {
      await auditAs(context, { email }, 'signIn', 'refused', { why: 'too many tries' });
      throw errors.TOO_MANY_TRIES();
    }
    const answer = await auth.api
      .signInEmail({ body: { email, password: input.password }, headers, returnHeaders: true })
      .catch((error: unknown) => {
        if (error instanceof APIError && error.status === 'UNAUTHORIZED') return undefined;
        throw error;
      });
    if (answer === undefined) {
      await auditAs(context, { email }, 'signIn', 'refused', { why: 'password' });
      throw errors.SIGN_IN_REFUSED();
    }
    await guess.right();
    context.setCookies(answer.headers);
    await renewHash(context, email, input.password);
    if ('twoFactorRedirect' in answer.response) return { next: 'secondFactor' };
    await entered(context, answer.response.user.id, 'password');
    return { next: 'done' };
  }),

  secondFactor: api.signIn.secondFactor.handler(async ({ context, input, errors }) => {
    const { control, auth, headers } = context;
    const userId = await challengedUser(context);
    if (userId === undefined) throw errors.SIGN_IN_REFUSED({ message: 'Begin again with your password' });
    const guess = await beginGuessAt(control, `second factor ${userId}`);
    if (guess === undefined) throw errors.TOO_MANY_TRIES();
    const isCode = /^\d{6}$/.test(input.code);
    // Before it is looked at: of two who come with one code at the same moment, one is first.
    const fresh = !isCode || (await useCode(control, userId, input.code));
    const verify = isCode ? auth.api.verifyTOTP : auth.api.verifyBackupCode;
    const answer = fresh
      ? await verify({ body: { code: input.code }, headers, returnHeaders: true }).catch((error: unknown) => {
          if (error instanceof APIError) return undefined;
          throw error;
        })
      : undefined;
    if (answer === undefined) {
      await auditAs(context, userId, 'signIn', 'refused', { why: 'second factor' });
      throw errors.SIGN_IN_REFUSED({ message: 'The code is not right, or it was used before' });
    }
    await guess.right();
    context.setCookies(answer.headers);
    await entered(context, userId, isCode ? 'password and authenticator' : 'password and recovery code');
    return {};
  }),

  passkeyOptions: api.signIn.passkeyOptions.handler(async ({ context, errors }) => {
    const options = await signInOptions(context);
    if (options === undefined)
      throw errors.CONFLICT({ message: 'Passkeys need a name: an address of numbers has none.' });
    return { ...options };
  }),

  passkey: api.signIn.passkey.handler(async ({ context, input, errors }) => {
    const { control, auth, headers } = context;
    const checked = await checkPasskey(context, input.response, (id) => findPasskey(control, id));
    if (checked === undefined || checked.passkey.userId === null) {
      await auditAs(context, undefined, 'signIn', 'refused', { why: 'passkey' });
      throw errors.SIGN_IN_REFUSED({ message: 'This passkey is not known here.' });
    }
    const { userId, id, name } = checked.passkey;
    const answer = await auth.api.signInByPasskey({ body: { userId }, headers, returnHeaders: true });
    if (answer.response.id === undefined) throw errors.SIGN_IN_REFUSED();
    await notePasskeyUse(control, id, checked.counter);
    context.setCookies(answer.headers);
    await entered(context, userId, `passkey ${name}`);
    return {};
  }),

  out: api.signIn.out.handler(async ({ context }) => {
    const { auth, headers, actor } = context;
    if (actor.kind === 'person' && actor.by.kind === 'signIn')
      await auditAs(context, actor.userId, 'signOut', 'done', {});
    const answer = await auth.api.signOut({ headers, returnHeaders: true });
    context.setCookies(answer.headers);
    return {};
  }),
};

/** Who has given their password and not yet their second factor. The library checks the cookie's signature itself. */
async function challengedUser({ auth, headers }: ApiContext): Promise<string | undefined> {
  const identifier = cookieOf(headers, CHALLENGE_COOKIE)?.split('.')[0];
  if (identifier === undefined) return undefined;
  const { internalAdapter } = await auth.$context;
  const challenge = await internalAdapter.findVerificationValue(identifier);
  return challenge?.value;
}
