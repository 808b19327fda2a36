import {
  accountOf,
  askForMail,
  beginGuessAt,
  endSignIns,
  listSignIns,
  mailSettings,
  useCode,
} from '@orangery/control';
import { APIError } from 'better-auth';
import { verifyEmailBy } from '../identity/accounts.ts';
import { api, audit, auditAs, signedIn, tellChange } from './base.ts';
import type { ApiContext } from './context.ts';
import {
  byLink,
  changeElsewhere,
  directoryOf,
  directoryShown,
  requireDirectoryPassword,
} from './directory-password.ts';

/** Mails of one kind that one address is sent within a quarter of an hour; more are left out without a word. */
const MAILS_MAX = 3;
/** Requests for mails from one address within a quarter of an hour. */
const REQUESTS_MAX = 30;

async function show(context: ApiContext) {
  const { id, userId } = signedIn(context);
  const account = await accountOf(context.control, id);
  const { email = '', emailVerified = false, twoFactorEnabled: on = false } = account ?? {};
  return {
    email,
    emailVerified,
    mail: (await mailSettings(context.control)) !== undefined,
    directory: await directoryShown(context, userId),
    secondFactor: { on, recoveryCodesLeft: on ? await codesLeft(context, userId) : 0 },
  };
}

async function codesLeft({ auth }: ApiContext, userId: string): Promise<number> {
  const { backupCodes } = await auth.api.viewBackupCodes({ body: { userId } });
  return backupCodes.length;
}

const self = (context: ApiContext) => ({ kind: 'user', id: signedIn(context).id });

/** Runs an act of the library that wants the person's password; undefined: it is not right. Counts what is guessed. */
async function withPassword<T>(
  context: ApiContext,
  errors: {
    TOO_MANY_TRIES: () => Error;
    WRONG_PASSWORD: () => Error;
    UNAVAILABLE: (options: { message: string }) => Error;
  },
  password: string,
  act: () => Promise<T>,
): Promise<T> {
  const { userId } = signedIn(context);
  const elsewhere = await directoryOf(context, userId);
  if (elsewhere !== undefined) await requireDirectoryPassword(context, elsewhere, password, errors);
  const guess = await beginGuessAt(context.control, `password of ${userId}`);
  if (guess === undefined) throw errors.TOO_MANY_TRIES();
  try {
    const result = await act();
    await guess.right();
    return result;
  } catch (error) {
    if (!(error instanceof APIError) || error.body?.code !== 'INVALID_PASSWORD') throw error;
    await audit(context, 'account.password', self(context), 'refused', { why: 'password' });
    throw errors.WRONG_PASSWORD();
  }
}

/** Throws what the library refuses as a conflict in words of ours. */
async function orConflict<T>(refuse: () => Error, code: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof APIError && error.body?.code === code) throw refuse();
    throw error;
  }
}

/** Whoever had the link reads mails to the address: of a new password all sign-ins from before end. */
async function afterLink(
  context: ApiContext,
  { source, userId }: { source: string; userId: string | undefined },
  action: string,
  what: string,
): Promise<void> {
  if (userId === undefined) return auditAs(context, undefined, action, 'done', { directory: source });
  const ended = action === 'account.resetPassword' ? await endSignIns(context.control, userId) : 0;
  await auditAs(context, userId, action, 'done', { directory: source, ended });
  await tellChange(context, userId, what);
}

export const account = {
  show: api.account.show.handler(({ context }) => show(context)),

  changePassword: api.account.changePassword.handler(async ({ context, input, errors }) => {
    const { auth, headers, control } = context;
    const { userId, signInId } = signedIn(context);
    const elsewhere = await directoryOf(context, userId);
    if (elsewhere === undefined)
      await withPassword(context, errors, input.current, () =>
        auth.api.changePassword({
          body: { currentPassword: input.current, newPassword: input.password },
          headers,
        }),
      );
    else await changeElsewhere(context, elsewhere, input, errors);
    const ended = await endSignIns(control, userId, { but: signInId });
    await audit(context, 'account.changePassword', self(context), 'done', { ended });
    await tellChange(context, userId, 'Your password was changed');
    return { ended };
  }),

  requestReset: api.account.requestReset.handler(async ({ context, input, errors }) => {
    const { control, client } = context;
    // What is not set up is told to all alike.
    if ((await mailSettings(control)) === undefined)
      throw errors.CONFLICT({
        message: 'This Orangery sends no mails. Ask your administrator for a new password.',
      });
    if ((await beginGuessAt(control, `mails from ${client}`, REQUESTS_MAX)) === undefined)
      throw errors.TOO_MANY_TRIES();
    const email = input.email.toLowerCase();
    // From here on the same is done, and answered, for every address.
    const wanted = await beginGuessAt(control, `mail reset ${email}`, MAILS_MAX);
    if (wanted !== undefined) await askForMail(control, 'reset', email);
    await auditAs(context, { email }, 'account.requestReset', wanted === undefined ? 'refused' : 'done', {});
    return {};
  }),

  resetPassword: api.account.resetPassword.handler(async ({ context, input, errors }) => {
    const elsewhere = await byLink(context, input.token, errors, ({ connection, person }) =>
      connection.setPassword(person, input.password),
    );
    if (elsewhere !== undefined) {
      await afterLink(
        context,
        elsewhere,
        'account.resetPassword',
        'Your password was replaced by the link of a mail',
      );
      return {};
    }
    const { internalAdapter } = await context.auth.$context;
    const link = await internalAdapter.findVerificationValue(`reset-password:${input.token}`);
    await orConflict(
      () => errors.LINK_INVALID(),
      'INVALID_TOKEN',
      () => context.auth.api.resetPassword({ body: { token: input.token, newPassword: input.password } }),
    );
    const userId = link?.value;
    // Whoever had the link reads mails to the address; and whoever guessed before begins anew.
    if (userId !== undefined) await internalAdapter.updateUser(userId, { emailVerified: true });
    await auditAs(context, userId, 'account.resetPassword', 'done', {});
    if (userId !== undefined)
      await tellChange(context, userId, 'Your password was replaced by the link of a mail');
    return {};
  }),

  unlock: api.account.unlock.handler(async ({ context, input, errors }) => {
    const elsewhere = await byLink(context, input.token, errors, ({ connection, person }) =>
      connection.unlock(person),
    );
    if (elsewhere === undefined) throw errors.LINK_INVALID();
    await afterLink(context, elsewhere, 'account.unlock', 'Your account was unlocked by the link of a mail');
    return {};
  }),

  sendVerification: api.account.sendVerification.handler(async ({ context, errors }) => {
    const { email, id } = signedIn(context);
    if ((await mailSettings(context.control)) === undefined)
      throw errors.CONFLICT({ message: 'This Orangery sends no mails yet.' });
    if ((await accountOf(context.control, id))?.emailVerified === true)
      throw errors.CONFLICT({ message: 'Your address is confirmed already.' });
    if ((await beginGuessAt(context.control, `mail verify ${email}`, MAILS_MAX)) === undefined)
      throw errors.TOO_MANY_TRIES();
    await askForMail(context.control, 'verify', email);
    return {};
  }),

  verifyEmail: api.account.verifyEmail.handler(async ({ context, input, errors }) => {
    const userId = await verifyEmailBy(context, input.token);
    if (userId === undefined) throw errors.LINK_INVALID();
    await auditAs(context, userId, 'account.verifyEmail', 'done', {});
    return {};
  }),

  beginSecondFactor: api.account.beginSecondFactor.handler(async ({ context, input, errors }) => {
    const { auth, headers } = context;
    const started = await orConflict(
      () => errors.CONFLICT({ message: 'Your second factor is on already.' }),
      'TOTP_ALREADY_ENABLED',
      () =>
        withPassword(context, errors, input.password, () =>
          auth.api.enableTwoFactor({ body: { password: input.password, method: 'totp' }, headers }),
        ),
    );
    if (started.method !== 'totp') throw errors.CONFLICT();
    const { totpURI: uri, backupCodes: recoveryCodes } = started;
    return { uri, secret: new URL(uri).searchParams.get('secret') ?? '', recoveryCodes };
  }),

  confirmSecondFactor: api.account.confirmSecondFactor.handler(async ({ context, input, errors }) => {
    const { auth, headers, control } = context;
    const { userId } = signedIn(context);
    const guess = await beginGuessAt(control, `second factor ${userId}`);
    if (guess === undefined) throw errors.TOO_MANY_TRIES();
    const answer = await auth.api
      .verifyTOTP({ body: { code: input.code }, headers, returnHeaders: true })
      .catch((error: unknown) => {
        if (!(error instanceof APIError)) throw error;
        if (error.body?.code === 'TOTP_NOT_ENABLED')
          throw errors.CONFLICT({ message: 'Begin with a new secret first.' });
        throw errors.WRONG_CODE();
      });
    await guess.right();
    await useCode(control, userId, input.code);
    // The library gives this browser a new sign-in, as what it stands for has changed.
    context.setCookies(answer.headers);
    await audit(context, 'account.confirmSecondFactor', self(context));
    await tellChange(context, userId, 'Your second factor was turned on');
    return show(context);
  }),

  endSecondFactor: api.account.endSecondFactor.handler(async ({ context, input, errors }) => {
    const { auth, headers } = context;
    const answer = await withPassword(context, errors, input.password, () =>
      auth.api.disableTwoFactor({ body: { password: input.password }, headers, returnHeaders: true }),
    );
    context.setCookies(answer.headers);
    await audit(context, 'account.endSecondFactor', self(context));
    await tellChange(context, signedIn(context).userId, 'Your second factor was turned off');
    return show(context);
  }),

  renewRecoveryCodes: api.account.renewRecoveryCodes.handler(async ({ context, input, errors }) => {
    const { auth, headers } = context;
    const { backupCodes } = await orConflict(
      () => errors.CONFLICT({ message: 'Your second factor is off.' }),
      'TWO_FACTOR_NOT_ENABLED',
      () =>
        withPassword(context, errors, input.password, () =>
          auth.api.generateBackupCodes({ body: { password: input.password }, headers }),
        ),
    );
    await audit(context, 'account.renewRecoveryCodes', self(context));
    await tellChange(context, signedIn(context).userId, 'New recovery codes were made');
    return { recoveryCodes: backupCodes };
  }),
};

export const signIns = {
  list: api.signIns.list.handler(({ context }) => {
    const { userId, signInId } = signedIn(context);
    return listSignIns(context.control, userId, signInId);
  }),

  end: api.signIns.end.handler(async ({ context, input, errors }) => {
    const ended = await endSignIns(context.control, signedIn(context).userId, { id: input.id });
    if (ended === 0) throw errors.NOT_FOUND();
    await audit(context, 'signIn.end', self(context), 'done', { ended });
    return { ended };
  }),

  endOthers: api.signIns.endOthers.handler(async ({ context }) => {
    const { userId, signInId } = signedIn(context);
    const ended = await endSignIns(context.control, userId, { but: signInId });
    await audit(context, 'signIn.endOthers', self(context), 'done', { ended });
    return { ended };
  }),
};
