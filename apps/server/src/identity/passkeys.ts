import { isIP } from 'node:net';
import type { Passkey } from '@orangery/control';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { ApiContext } from '../api/context.ts';

/** So long somebody may look for their key. */
const CHALLENGE_LIFE_MS = 5 * 60_000;

type About = Pick<ApiContext, 'auth' | 'control' | 'headers' | 'hostname'>;

const clientData = z.object({ challenge: z.string().min(16).max(500) });
const assertion = z.object({
  id: z.string().min(1).max(2_000),
  response: z.object({ clientDataJSON: z.string().max(4_000) }),
});

/** Browsers make and offer passkeys for names alone (Web Authentication, section 5.1.2). */
const isNamed = (hostname: string): boolean => isIP(hostname.replaceAll(/[[\]]/g, '')) === 0;

/** What a person's new passkey is to be: one that is asked for by no name, and asks for a finger, a face or a PIN. */
export async function registrationOptions(
  about: About,
  person: { id: string; name: string; email: string },
  passkeys: readonly Passkey[],
): Promise<PublicKeyCredentialCreationOptionsJSON | undefined> {
  if (!isNamed(about.hostname)) return undefined;
  const options = await generateRegistrationOptions({
    rpName: 'Orangery',
    rpID: about.hostname,
    userID: new TextEncoder().encode(person.id),
    userName: person.email,
    userDisplayName: person.name,
    attestationType: 'none',
    excludeCredentials: passkeys.map(({ credentialId }) => ({ id: credentialId })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await remember(about, `passkey-new:${person.id}`, options.challenge);
  return options;
}

/** Undefined: it is not what this person was asked for, here and a moment ago. */
export async function checkRegistration(
  about: About,
  personId: string,
  response: Record<string, unknown>,
): Promise<
  { credentialId: string; publicKey: Uint8Array; counter: number; transports: string[] } | undefined
> {
  const challenge = await takeChallenge(about, `passkey-new:${personId}`, response);
  if (challenge === undefined) return undefined;
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: response as unknown as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: originOf(about),
    expectedRPID: about.hostname,
    requireUserVerification: true,
  }).catch(() => ({ verified: false, registrationInfo: undefined }));
  if (!verified || registrationInfo === undefined) return undefined;
  const { id, publicKey, counter, transports } = registrationInfo.credential;
  return { credentialId: id, publicKey, counter, transports: transports ?? [] };
}

/** Whoever has a passkey for this name may sign in by it: nobody says first who they are. */
export async function signInOptions(
  about: About,
): Promise<PublicKeyCredentialRequestOptionsJSON | undefined> {
  if (!isNamed(about.hostname)) return undefined;
  const options = await generateAuthenticationOptions({
    rpID: about.hostname,
    userVerification: 'required',
  });
  await remember(about, 'passkey-sign-in', options.challenge);
  return options;
}

type Known = { credentialId: string; publicKey: Uint8Array; counter: number; rpId: string };

/** The passkey that signed what was asked here a moment ago, and its new counter; undefined: nothing good. */
export async function checkPasskey<P extends Known>(
  about: About,
  response: Record<string, unknown>,
  find: (credentialId: string) => Promise<P | undefined>,
): Promise<{ passkey: P; counter: number } | undefined> {
  const parsed = assertion.safeParse(response);
  const challenge = await takeChallenge(about, 'passkey-sign-in', response);
  if (!parsed.success || challenge === undefined) return undefined;
  const passkey = await find(parsed.data.id);
  if (passkey === undefined || passkey.rpId !== about.hostname) return undefined;
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: response as unknown as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: originOf(about),
    expectedRPID: passkey.rpId,
    requireUserVerification: true,
    credential: {
      id: passkey.credentialId,
      publicKey: new Uint8Array(passkey.publicKey),
      counter: passkey.counter,
    },
  }).catch(() => ({ verified: false, authenticationInfo: undefined }));
  if (!verified || authenticationInfo === undefined) return undefined;
  return { passkey, counter: authenticationInfo.newCounter };
}

/** The page's own; that the request came from it was looked at before. */
const originOf = ({ headers }: About): string => `https://${headers.get('host')}`;

async function remember({ auth, control }: About, purpose: string, challenge: string): Promise<void> {
  const { internalAdapter } = await auth.$context;
  await internalAdapter.createVerificationValue({
    identifier: `${purpose}:${challenge}`,
    value: challenge,
    expiresAt: new Date(control.clock.now() + CHALLENGE_LIFE_MS),
  });
}

/** The challenge that a response answers, if it was asked for this; once. */
async function takeChallenge(
  { auth }: About,
  purpose: string,
  response: Record<string, unknown>,
): Promise<string | undefined> {
  const parsed = z
    .object({ response: z.object({ clientDataJSON: z.string().max(4_000) }) })
    .safeParse(response);
  if (!parsed.success) return undefined;
  const text = Buffer.from(parsed.data.response.clientDataJSON, 'base64url').toString();
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = clientData.safeParse(said);
  if (!success) return undefined;
  const { internalAdapter } = await auth.$context;
  return (await internalAdapter.consumeVerificationValue(`${purpose}:${data.challenge}`))?.value;
}
