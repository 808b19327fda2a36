import { z } from 'zod';
import { apiErrors } from './errors.ts';
import { anyone, creationInPerson, inPerson, missing, withRight } from './operation.ts';
import * as p from './people.ts';
import { idInput } from './schemas.ts';

const refusable = { SIGN_IN_REFUSED: apiErrors.SIGN_IN_REFUSED, TOO_MANY_TRIES: apiErrors.TOO_MANY_TRIES };
const wrongPassword = {
  WRONG_PASSWORD: apiErrors.WRONG_PASSWORD,
  TOO_MANY_TRIES: apiErrors.TOO_MANY_TRIES,
};
const conflict = { CONFLICT: apiErrors.CONFLICT };
const linkInvalid = { LINK_INVALID: apiErrors.LINK_INVALID };
const done = z.object({});

/** Into this browser, and out again. The answers set and clear its cookie. */
export const signIn = {
  ways: anyone
    .route({ method: 'GET', path: '/sign-in', summary: 'What the page to sign in offers' })
    .output(p.signInWaysSchema),
  password: anyone
    .route({
      method: 'POST',
      path: '/sign-in',
      summary: 'Signs in by password, and an e-mail address or the name of a directory',
      description:
        'Tries that fail are counted: for this browser if its person has used it before, else for this address and ' +
        'e-mail, and for the e-mail from all new places together. One that succeeds never counts.',
    })
    .errors(refusable)
    .input(p.signInInput)
    .output(p.signedInSchema),
  secondFactor: anyone
    .route({
      method: 'POST',
      path: '/sign-in/second-factor',
      summary: 'Goes on with the code of an authenticator, or a recovery code',
    })
    .errors(refusable)
    .input(p.secondFactorInput)
    .output(done),
  passkeyOptions: anyone
    .meta({ looks: true })
    .route({ method: 'POST', path: '/sign-in/passkey/options', summary: 'What a passkey is to sign' })
    .errors(conflict)
    .output(p.webAuthnSchema),
  passkey: anyone
    .route({ method: 'POST', path: '/sign-in/passkey', summary: 'Signs in by a passkey, and nothing else' })
    .errors(refusable)
    .input(z.object({ response: p.webAuthnSchema }))
    .output(done),
  provider: anyone
    .meta({ looks: true })
    .route({
      method: 'POST',
      path: '/sign-in/provider',
      summary: 'Begins to sign in at a provider of OpenID Connect',
      description: 'CONFLICT tells that the provider cannot be asked now.',
    })
    .errors({ ...missing, ...conflict, TOO_MANY_TRIES: apiErrors.TOO_MANY_TRIES })
    .input(p.providerInput)
    .output(p.providerStartSchema),
  providerAnswer: anyone
    .route({
      method: 'POST',
      path: '/sign-in/provider/answer',
      summary: 'Signs in by what the provider answered, in the browser that began it, once',
    })
    .errors(refusable)
    .input(p.providerAnswerInput)
    .output(p.providerSignedInSchema),
  out: anyone
    .route({ method: 'POST', path: '/sign-out', summary: 'Signs out, and ends what this browser looks at' })
    .output(p.signedOutSchema),
};

/** How I prove who I am. Only in person: no API key does any of it. */
export const account = {
  show: inPerson
    .route({ method: 'GET', path: '/account', summary: 'My address and second factor' })
    .output(p.accountSchema),
  changePassword: inPerson
    .route({
      method: 'POST',
      path: '/account/password',
      summary: 'Changes my password, and signs me out everywhere else',
    })
    .errors({ ...conflict, ...wrongPassword })
    .input(p.changePasswordInput)
    .output(p.endedSchema),
  requestReset: anyone
    .route({
      method: 'POST',
      path: '/account/reset',
      summary: 'Sends a link by which a forgotten password is replaced',
      description: 'The answer is the same whether anybody has this address.',
    })
    .errors({ ...conflict, TOO_MANY_TRIES: apiErrors.TOO_MANY_TRIES })
    .input(p.requestResetInput)
    .output(done),
  resetPassword: anyone
    .route({
      method: 'POST',
      path: '/account/reset/confirm',
      summary: 'Replaces the password by the link of a mail',
      description:
        'The link works once, for 30 minutes. All sign-ins of the account end. CONFLICT tells why a directory does not ' +
        'take the new password; then the link can be used again.',
    })
    .errors({ ...linkInvalid, ...conflict, ...wrongPassword })
    .input(p.resetPasswordInput)
    .output(done),
  unlock: anyone
    .route({
      method: 'POST',
      path: '/account/unlock',
      summary: 'Unlocks the account of a directory by the link of a mail; its password stays',
    })
    .errors({ ...linkInvalid, ...conflict, ...wrongPassword })
    .input(p.unlockInput)
    .output(done),
  sendVerification: inPerson
    .route({
      method: 'POST',
      path: '/account/verification',
      summary: 'Sends a link that shows my address is mine',
    })
    .errors({ ...conflict, TOO_MANY_TRIES: apiErrors.TOO_MANY_TRIES })
    .output(done),
  verifyEmail: anyone
    .route({
      method: 'POST',
      path: '/account/verification/confirm',
      summary: 'Confirms an address by the link of a mail',
    })
    .errors(linkInvalid)
    .input(p.verifyEmailInput)
    .output(done),
  beginSecondFactor: inPerson
    .route({
      method: 'POST',
      path: '/account/second-factor',
      summary: 'A secret for my authenticator, and recovery codes; it is on once a code was right',
    })
    .errors({ ...conflict, ...wrongPassword })
    .input(p.reAuthInput)
    .output(p.secondFactorStartSchema),
  confirmSecondFactor: inPerson
    .route({
      method: 'POST',
      path: '/account/second-factor/confirm',
      summary: 'Turns the second factor on by the first code',
    })
    .errors({ ...conflict, WRONG_CODE: apiErrors.WRONG_CODE, TOO_MANY_TRIES: apiErrors.TOO_MANY_TRIES })
    .input(p.secondFactorInput)
    .output(p.accountSchema),
  endSecondFactor: inPerson
    .route({ method: 'POST', path: '/account/second-factor/end', summary: 'Turns the second factor off' })
    .errors({ ...conflict, ...wrongPassword })
    .input(p.reAuthInput)
    .output(p.accountSchema),
  renewRecoveryCodes: inPerson
    .route({
      method: 'POST',
      path: '/account/recovery-codes',
      summary: 'New recovery codes; those from before open nothing',
    })
    .errors({ ...conflict, ...wrongPassword })
    .input(p.reAuthInput)
    .output(p.recoveryCodesSchema),
};

/** The browsers in which I am signed in. */
export const signIns = {
  list: inPerson
    .route({ method: 'GET', path: '/sign-ins', summary: 'Where I am signed in' })
    .output(z.array(p.signInSchema)),
  end: inPerson
    .route({
      method: 'DELETE',
      path: '/sign-ins/{id}',
      summary: 'Signs me out there, and ends what is looked at by it; sessions go on',
    })
    .errors(missing)
    .input(p.signInIdInput)
    .output(p.endedSchema),
  endOthers: inPerson
    .route({ method: 'POST', path: '/sign-ins/end-others', summary: 'Signs me out everywhere but here' })
    .output(p.endedSchema),
};

export const passkeys = {
  list: inPerson
    .route({ method: 'GET', path: '/passkeys', summary: 'My passkeys' })
    .output(z.array(p.passkeySchema)),
  options: inPerson
    .meta({ looks: true })
    .route({ method: 'POST', path: '/passkeys/options', summary: 'What a new passkey is to be' })
    .errors({ ...conflict, ...wrongPassword })
    .input(p.reAuthInput)
    .output(p.webAuthnSchema),
  add: inPerson
    .route({ method: 'POST', path: '/passkeys', summary: 'Takes a new passkey in' })
    .errors(conflict)
    .input(p.passkeyInput)
    .output(p.passkeySchema),
  rename: inPerson
    .route({ method: 'PATCH', path: '/passkeys/{id}', summary: 'Gives a passkey another name' })
    .errors(missing)
    .input(p.passkeyNameInput)
    .output(p.passkeySchema),
  remove: inPerson
    .route({ method: 'DELETE', path: '/passkeys/{id}', summary: 'A passkey opens nothing any more' })
    .errors(missing)
    .input(idInput)
    .output(p.passkeySchema),
};

/** Keys by which programs act for me, sent as `Authorization: Bearer …`. */
export const apiKeys = {
  list: inPerson
    .route({ method: 'GET', path: '/api-keys', summary: 'My API keys' })
    .output(z.array(p.apiKeySchema)),
  create: creationInPerson
    .route({ method: 'POST', path: '/api-keys', summary: 'A new API key; it is shown this once' })
    .errors(conflict)
    .input(p.apiKeyInput)
    .output(p.newApiKeySchema),
  remove: inPerson
    .route({ method: 'DELETE', path: '/api-keys/{id}', summary: 'An API key opens nothing any more' })
    .errors(missing)
    .input(idInput)
    .output(p.apiKeySchema),
};

/** How this installation sends mails. */
export const mail = {
  show: withRight
    .route({ method: 'GET', path: '/mail', summary: 'How mails are sent, and what waits' })
    .output(p.mailSchema),
  update: withRight
    .route({ method: 'PUT', path: '/mail', summary: 'Sets how mails are sent; kept sealed' })
    .errors(conflict)
    .input(p.mailInput)
    .output(p.mailSchema),
  remove: withRight
    .route({ method: 'DELETE', path: '/mail', summary: 'Sends no mails any more' })
    .output(p.mailSchema),
  test: withRight
    .route({
      method: 'POST',
      path: '/mail/test',
      summary: 'Sends a mail now',
      description: 'CONFLICT tells what the server said, or why it was not reached.',
    })
    .errors(conflict)
    .input(z.object({ to: p.emailSchema }))
    .output(done),
};

/** What administrators do about how others sign in. */
export const usersSignIn = {
  signOut: withRight
    .route({ method: 'POST', path: '/users/{id}/sign-out', summary: 'Signs a person out everywhere' })
    .errors(missing)
    .input(idInput)
    .output(p.endedSchema),
  sendReset: withRight
    .route({
      method: 'POST',
      path: '/users/{id}/reset',
      summary: 'Sends a person the mail by whose link they choose a new password',
      description:
        'As if they had asked for it: the link is right once, for 30 minutes. Nobody else learns a password. CONFLICT where no mails are sent.',
    })
    .errors({ ...missing, ...conflict })
    .input(idInput)
    .output(done),
  removeSecondFactor: withRight
    .route({
      method: 'DELETE',
      path: '/users/{id}/second-factor',
      summary: 'Turns off the second factor of a person who lost it, and signs them out everywhere',
    })
    .errors(missing)
    .input(idInput)
    .output(p.endedSchema),
};
