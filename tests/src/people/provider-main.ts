/** A provider of OpenID Connect as a process of its own: oidc-provider with people and groups. Its settings are in ORANGERY_PROVIDER. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';
import type { ProviderSettings } from './provider.ts';

const settings = JSON.parse(process.env['ORANGERY_PROVIDER'] ?? '') as ProviderSettings;
const provider = new Provider(settings.issuer, {
  clients: [
    {
      client_id: settings.clientId,
      client_secret: settings.clientSecret,
      redirect_uris: settings.redirectUris,
      post_logout_redirect_uris: settings.logoutUris,
      backchannel_logout_uri: settings.backChannelUri,
    },
  ],
  // Whoever names an account is it, as its pages for trying things out have it.
  findAccount: (_context, accountId) => {
    const claims = settings.people[accountId];
    return claims === undefined ? undefined : { accountId, claims: () => ({ sub: accountId, ...claims }) };
  },
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username', 'groups'],
  },
  features: { backchannelLogout: { enabled: true } },
  // It would tell nobody on this machine.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  pkce: { required: () => true },
  cookies: { keys: [settings.clientSecret] },
});
const { hostname, port } = new URL(settings.issuer);
const answer = provider.callback();
createServer(
  { key: readFileSync(settings.key), cert: readFileSync(settings.cert) },
  (request, response) => void answer(request, response),
).listen(Number(port), hostname, () => process.stdout.write('listens\n'));
