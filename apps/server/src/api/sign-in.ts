import {
  beginGuess,
  beginGuessAt,
  findPasskey,
  isEnded,
  isLdap,
  isOidc,
  listDirectories,
  mailSettings,
  notePasskeyUse,
  useCode,
} from '@orangery/control';
import { APIError } from 'better-auth';
import { CHALLENGE_COOKIE } from '../identity/auth.ts';
import { cookieOf, placeOf } from '../identity/device-cookie.ts';
import { hasPasswordHere, renewHash } from '../identity/accounts.ts';
import { vouch } from '../directories/vouch.ts';
import { checkPasskey, signInOptions } from '../identity/passkeys.ts';
import { api, auditAs } from './base.ts';
import type { ApiContext } from './context.ts';
import { enterFromDirectory, requireVouched } from './directory-sign-in.ts';
import { entered } from './entered.ts';
import { endUrlOf, providerSignIn } from './provider-sign-in.ts';

const NOBODY = 'nobody@orangery.invalid';

export const signIn = {
  ways: api.signIn.ways.handler(async ({ context: { control } }) => {
    const open = (await listDirectories(control)).filter(({ enabled }) => enabled);
    const ldap = open.filter(isLdap);
    return {
      resetByMail: (await mailSettings(control)) !== undefined,
      names: ldap.length > 0,
      unlock: ldap.some(({ settings }) => settings.passwords.reset),
      providers: open.filter(isOidc).map(({ id, title }) => ({ id, title })),
    };
  }),

  password: api.signIn.password.handler(async ({ context, input, errors }) => {
    const { control, auth, headers } = context;
    const email = input.email.toLowerCase();
    const isHere = await hasPasswordHere(control, email);
    const guess = await beginGuess(control, email, placeOf(context));
    if (guess === undefined) {
      await auditAs(context, { email }, 'signIn', 'refused', { why: 'too many tries' });
      throw errors.TOO_MANY_TRIES();
    }
    const vouched = isHere ? undefined : await vouch(control, input.email, input.password, placeOf(context));
    if (vouched !== undefined && vouched.kind !== 'nobody') {
      const who = await requireVouched(context, vouched, email, guess, errors);
      return enterFromDirectory(context, who, 'password', errors);
    }
    const answer = await auth.api
      .signInEmail({
        // A name that is no address costs as much as one that is nobody's.
        body: { email: email.includes('@') ? email : NOBODY, password: input.password },
        headers,
        returnHeaders: true,
      })
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
    if (await isEnded(control, userId)) {
      await auditAs(context, userId, 'signIn', 'refused', { why: 'their directory lets them in no more' });
      throw errors.SIGN_IN_REFUSED();
    }
    const answer = await auth.api.signInByPasskey({ body: { userId }, headers, returnHeaders: true });
    if (answer.response.id === undefined) throw errors.SIGN_IN_REFUSED();
    await notePasskeyUse(control, id, checked.counter);
    context.setCookies(answer.headers);
    await entered(context, userId, `passkey ${name}`);
    return {};
  }),

  ...providerSignIn,

  out: api.signIn.out.handler(async ({ context }) => {
    const { auth, headers, actor } = context;
    if (actor.kind === 'person' && actor.by.kind === 'signIn')
      await auditAs(context, actor.userId, 'signOut', 'done', {});
    const url = await endUrlOf(context);
    const answer = await auth.api.signOut({ headers, returnHeaders: true });
    context.setCookies(answer.headers);
    return { url };
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
