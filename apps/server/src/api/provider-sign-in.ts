import { createHash, timingSafeEqual } from 'node:crypto';
import { arrive, beginGuessAt, type Directory, findDirectory, isOidc } from '@orangery/control';
import { codeOf, messageOf } from '@orangery/std';
import { z } from 'zod';
import { whyNotHere } from '../directories/vouch.ts';
import { cookieOf } from '../identity/device-cookie.ts';
import { api, auditAs } from './base.ts';
import type { ApiContext } from './context.ts';
import { enterFromDirectory } from './directory-sign-in.ts';

/** So long somebody may take at the provider. */
const LIFE_S = 900;
/** Beginnings from one address within a quarter of an hour: a school is one. */
const BEGINNINGS_MAX = 2_000;
/** By this the browser that began is told from others (RFC 9700, section 4.7.1). */
const COOKIE = '__Host-orangery.provider';
const SECRET_BYTES = 32;
/** Registered at the provider. */
export const BACK_PATH = '/sign-in/back';

const remembered = z.object({
  directoryId: z.string(),
  browser: z.string(),
  redirect: z.string().nullable(),
  begun: z.object({
    state: z.string(),
    nonce: z.string(),
    verifier: z.string(),
    redirectUri: z.string(),
  }),
});

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
const rowOf = (state: string): string => `orangery-provider:${state}`;

/** As the browser has it; the provider knows those that were registered alone. */
export const originOf = ({ headers }: Pick<ApiContext, 'headers'>): string =>
  `https://${headers.get('host')}`;

export const providerSignIn = {
  provider: api.signIn.provider.handler(async ({ context, input, errors }) => {
    const { control, auth, providers } = context;
    const directory = await findDirectory(control, { id: input.id });
    if (directory === undefined || !directory.enabled || !isOidc(directory)) throw errors.NOT_FOUND();
    if ((await beginGuessAt(control, `provider from ${context.client}`, BEGINNINGS_MAX)) === undefined)
      throw errors.TOO_MANY_TRIES();
    const { url, begun } = await providers
      .begin(directory.settings, directory.secret, `${originOf(context)}${BACK_PATH}`)
      .catch((error: unknown) => {
        control.log.warn(
          { directory: directory.name, reason: messageOf(error) },
          'a provider cannot be asked',
        );
        throw errors.CONFLICT({ message: `${directory.title} does not answer now; try again in a moment` });
      });
    const browser = control.rng.bytes(SECRET_BYTES).toString('base64url');
    const { internalAdapter } = await auth.$context;
    await internalAdapter.createVerificationValue({
      identifier: rowOf(begun.state),
      value: JSON.stringify({
        directoryId: directory.id,
        browser: digest(browser),
        redirect: input.redirect ?? null,
        begun,
      } satisfies z.input<typeof remembered>),
      expiresAt: new Date(control.clock.now() + LIFE_S * 1_000),
    });
    setCookie(context, browser, LIFE_S);
    return { url };
  }),

  providerAnswer: api.signIn.providerAnswer.handler(async ({ context, input, errors }) => {
    const { control, providers } = context;
    const begun = await takeBegun(context, input.query);
    setCookie(context, '', 0);
    if (begun === undefined) {
      await auditAs(context, undefined, 'signIn', 'refused', { why: 'no sign-in was begun by this' });
      throw errors.SIGN_IN_REFUSED({
        message: 'This sign-in took too long, or was begun elsewhere: begin again',
      });
    }
    const directory = await findDirectory(control, { id: begun.directoryId });
    if (directory === undefined || !directory.enabled || !isOidc(directory)) throw errors.SIGN_IN_REFUSED();
    const refuse = async (why: string, message: string): Promise<never> => {
      await auditAs(context, undefined, 'signIn', 'refused', { why, directory: directory.name });
      throw errors.SIGN_IN_REFUSED({ message });
    };
    const claimed = await providers
      .finish(directory.settings, directory.secret, begun.begun, input.query)
      .catch((error: unknown) => {
        const code = codeOf(error);
        if (code !== 'providerRefused' && code !== 'providerUnreachable') throw error;
        return refuse(messageOf(error), `${directory.title} did not let you in`);
      });
    const arrival = await arrive(control, directory, claimed.person, new Set(claimed.groups));
    if (arrival.kind !== 'in') {
      const why = whyNotHere(arrival);
      return refuse(why, `You cannot be let in: ${why}. Tell your administrator`);
    }
    const { userId } = arrival.person;
    if (arrival.made) await auditAs(context, userId, 'user.create', 'done', { directory: directory.name });
    const { next } = await enterFromDirectory(context, { userId, directory }, 'the provider', errors);
    return { next, redirect: begun.redirect };
  }),
};

/** What was begun in this browser, once. */
async function takeBegun(
  context: ApiContext,
  query: string,
): Promise<z.output<typeof remembered> | undefined> {
  const browser = cookieOf(context.headers, COOKIE) ?? '';
  const state = new URLSearchParams(query).get('state') ?? '';
  if (browser === '' || state === '' || state.length > 200) return undefined;
  const { internalAdapter } = await context.auth.$context;
  const found = await internalAdapter.findVerificationValue(rowOf(state));
  const parsed = remembered.safeParse(JSON.parse(found?.value ?? 'null'));
  if (!parsed.success) return undefined;
  const [ours, theirs] = [Buffer.from(parsed.data.browser), Buffer.from(digest(browser))];
  // Another browser's look at it does not use it up.
  if (ours.length !== theirs.length || !timingSafeEqual(ours, theirs)) return undefined;
  const taken = await internalAdapter.consumeVerificationValue(rowOf(state));
  return taken === null || taken === undefined ? undefined : parsed.data;
}

function setCookie({ setCookies }: ApiContext, value: string, lifeS: number): void {
  setCookies(
    new Headers({
      'set-cookie': `${COOKIE}=${value}; Max-Age=${lifeS}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    }),
  );
}

/** Where the browser goes to sign out at the provider, too, if the directory says so. */
export async function endUrlOf(context: ApiContext): Promise<string | null> {
  const { actor, control, providers } = context;
  if (actor.kind !== 'person') return null;
  const person = await control.db
    .selectFrom('principal')
    .select(['source', 'external_name'])
    .where('id', '=', actor.id)
    .executeTakeFirst();
  if (person === undefined || person.source === 'local') return null;
  const directory: Directory | undefined = await findDirectory(control, { name: person.source });
  if (directory === undefined || !isOidc(directory) || !directory.settings.signOutThere) return null;
  const { settings, secret } = directory;
  return providers.endUrl(
    settings,
    secret,
    `${originOf(context)}/login`,
    person.external_name ?? actor.email,
  );
}
