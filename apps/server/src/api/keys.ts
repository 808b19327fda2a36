import {
  addPasskey,
  beginGuessAt,
  changePasskey,
  createApiKey,
  listApiKeys,
  listPasskeys,
  type Passkey,
  removeApiKey,
} from '@orangery/control';
import { isPasswordOf } from '../identity/accounts.ts';
import { checkRegistration, registrationOptions } from '../identity/passkeys.ts';
import { api, audit, signedIn, tellChange } from './base.ts';
import { directoryOf, requireDirectoryPassword } from './directory-password.ts';

const shown = ({ id, name, site, createdAt, lastUsedAt }: Passkey) => ({
  id,
  name,
  site,
  createdAt,
  lastUsedAt,
});

export const passkeys = {
  list: api.passkeys.list.handler(async ({ context }) =>
    (await listPasskeys(context.control, signedIn(context).id)).map(shown),
  ),

  options: api.passkeys.options.handler(async ({ context, input, errors }) => {
    const person = signedIn(context);
    const elsewhere = await directoryOf(context, person.userId);
    if (elsewhere === undefined) {
      const guess = await beginGuessAt(context.control, `password of ${person.userId}`);
      if (guess === undefined) throw errors.TOO_MANY_TRIES();
      if (!(await isPasswordOf(context, person.userId, input.password))) throw errors.WRONG_PASSWORD();
      await guess.right();
    } else await requireDirectoryPassword(context, elsewhere, input.password, errors);
    const options = await registrationOptions(
      context,
      person,
      await listPasskeys(context.control, person.id),
    );
    if (options === undefined) {
      throw errors.CONFLICT({
        message: 'Passkeys need a name: open Orangery by its name, not by an address of numbers.',
      });
    }
    return { ...options };
  }),

  add: api.passkeys.add.handler(async ({ context, input, errors }) => {
    const { id, userId } = signedIn(context);
    const checked = await checkRegistration(context, id, input.response);
    if (checked === undefined)
      throw errors.CONFLICT({ message: 'This is not the passkey that was asked for. Try again.' });
    const passkey = await addPasskey(context.control, id, {
      ...checked,
      name: input.name,
      rpId: context.hostname,
    });
    if (passkey === undefined) throw errors.CONFLICT({ message: 'This passkey is known already.' });
    await audit(context, 'passkey.add', { kind: 'passkey', id: passkey.id }, 'done', { name: passkey.name });
    await tellChange(context, userId, `The passkey “${passkey.name}” was added`);
    return shown(passkey);
  }),

  rename: api.passkeys.rename.handler(async ({ context, input, errors }) => {
    const passkey = await changePasskey(context.control, signedIn(context).id, input.id, input.name);
    if (passkey === undefined) throw errors.NOT_FOUND();
    await audit(context, 'passkey.rename', { kind: 'passkey', id: passkey.id }, 'done', {
      name: passkey.name,
    });
    return shown(passkey);
  }),

  remove: api.passkeys.remove.handler(async ({ context, input, errors }) => {
    const passkey = await changePasskey(context.control, signedIn(context).id, input.id, undefined);
    if (passkey === undefined) throw errors.NOT_FOUND();
    await audit(context, 'passkey.remove', { kind: 'passkey', id: passkey.id }, 'done', {
      name: passkey.name,
    });
    return shown(passkey);
  }),
};

export const apiKeys = {
  list: api.apiKeys.list.handler(({ context }) => listApiKeys(context.control, signedIn(context).id)),

  create: api.apiKeys.create.handler(async ({ context, input, errors }) => {
    const key = await createApiKey(context.control, signedIn(context).id, input);
    if (key === undefined) throw errors.CONFLICT({ message: 'You have 50 API keys: remove one first.' });
    const { id, name, scope, expiresAt } = key;
    await audit(context, 'apiKey.create', { kind: 'apiKey', id }, 'done', { name, scope, expiresAt });
    await tellChange(context, signedIn(context).userId, `The API key “${name}” was made`);
    return key;
  }),

  remove: api.apiKeys.remove.handler(async ({ context, input, errors }) => {
    const key = await removeApiKey(context.control, signedIn(context).id, input.id);
    if (key === undefined) throw errors.NOT_FOUND();
    await audit(context, 'apiKey.remove', { kind: 'apiKey', id: key.id }, 'done', { name: key.name });
    return key;
  }),
};
