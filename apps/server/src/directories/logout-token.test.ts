import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLogoutToken } from './logout-token.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const expected = { issuer: 'https://id.example.org', clientId: 'orangery', nowMs: NOW };
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

let ours: Key;
let theirs: Key;
let keys: { keys: object[] };
beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  ours = pair.privateKey;
  theirs = (await generateKeyPair('RS256')).privateKey;
  keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256' }] };
});

/** A good token, but for what is changed. */
function token(
  change: Record<string, unknown> = {},
  { key = ours, kid = 'one', atMs = NOW } = {},
): Promise<string> {
  const claims = {
    iss: expected.issuer,
    aud: 'orangery',
    iat: Math.floor(atMs / 1_000),
    jti: 'a',
    sub: 'ada',
    events: EVENTS,
    ...change,
  };
  return new SignJWT(JSON.parse(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'RS256', kid, typ: 'logout+jwt' })
    .sign(key);
}
const read = async (given: Promise<string>) => readLogoutToken(await given, keys, expected);

describe('a logout token', () => {
  it('says who is signed out', async () => {
    expect(await read(token())).toEqual({ subject: 'ada', id: 'a' });
    expect(await read(token({ aud: ['other', 'orangery'] }))).toMatchObject({ subject: 'ada' });
  });

  it.each<[string, Record<string, unknown>, Parameters<typeof token>[1]]>([
    ['of another provider', { iss: 'https://evil.example.org' }, {}],
    ['for somebody else', { aud: 'another' }, {}],
    ['that is old', {}, { atMs: NOW - 600_000 }],
    ['without its time', { iat: undefined }, {}],
    ['that is an ID token', { nonce: 'n', events: undefined }, {}],
    ['with a nonce', { nonce: 'n' }, {}],
    ['about something else', { events: { other: {} } }, {}],
    ['that names nobody', { sub: undefined, sid: 's' }, {}],
  ])('%s is none', async (_, change, options) => {
    await expect(read(token(change, options))).rejects.toMatchObject({ code: 'providerRefused' });
  });

  it('that another key signed is none, and one with an unknown key is worth a look at the keys', async () => {
    await expect(read(token({}, { key: theirs }))).rejects.toMatchObject({ code: 'providerRefused' });
    await expect(read(token({}, { kid: 'two' }))).rejects.toMatchObject({ code: 'keyUnknown' });
  });

  it('that is signed by nobody, or by a secret that both know, is none', async () => {
    const [, payload] = (await token()).split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    await expect(read(Promise.resolve(`${header}.${payload}.`))).rejects.toMatchObject({
      code: 'providerRefused',
    });
    const shared = new SignJWT({ sub: 'ada', events: EVENTS })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setIssuer(expected.issuer)
      .setAudience('orangery')
      .setIssuedAt(Math.floor(NOW / 1_000))
      .sign(Buffer.from('a secret of two: the provider and Orangery'));
    await expect(read(shared)).rejects.toMatchObject({ code: 'providerRefused' });
    for (const nonsense of ['', 'a.b.c', 'x'.repeat(10_000)])
      await expect(read(Promise.resolve(nonsense))).rejects.toMatchObject({ code: 'providerRefused' });
  });
});
