import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { answerOf, type SignIn } from './auth.ts';
import { client, type OwnPasskey } from './client.ts';

/** Whether this browser has passkeys, here: not at an address of numbers, and not without TLS. */
export function passkeysWork(): boolean {
  return browserSupportsWebAuthn() && !/^[\d.]+$|:/.test(location.hostname);
}

export async function signInByPasskey(): Promise<SignIn> {
  const options = await client.signIn.passkeyOptions();
  const response = await inWords(
    startAuthentication({ optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON }),
  );
  return answerOf(client.signIn.passkey({ response: { ...response } }).then(() => ({ kind: 'done' })));
}

export async function addPasskey(input: { name: string; password: string }): Promise<OwnPasskey> {
  const options = await client.passkeys.options({ password: input.password });
  const response = await inWords(
    startRegistration({ optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON }),
  );
  return client.passkeys.add({ name: input.name, response: { ...response } });
}

/** Browsers tell little of what went wrong, so that pages learn nothing: mostly somebody has pressed Cancel. */
async function inWords<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
      throw new Error('This device has a passkey of yours already.', { cause: error });
    throw new Error('No passkey was given. Try again, or use your password.', { cause: error });
  }
}
