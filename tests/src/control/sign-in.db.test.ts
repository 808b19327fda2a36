import {
  askForMail,
  beginGuess,
  beginGuessAt,
  createApiKey,
  endedSignIns,
  endSignIns,
  listSignIns,
  mailSettings,
  mailsLoop,
  redeemApiKey,
  rememberPlace,
  removeApiKey,
  setMailSettings,
  showMail,
  useCode,
} from '@orangery/control';
import { connectSingle } from '@orangery/database';
import { ManualClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const EMAIL = 'ada@example.org';
const HOME = { address: '10.0.0.1', device: undefined };
const strange = (count: number) => ({ address: `6.6.${count >> 8}.${count & 255}`, device: undefined });

async function user(email = EMAIL): Promise<{ userId: string; personId: string }> {
  const [person] = await world.people(1);
  await world.db.insertInto('auth_user').values({ id: email, name: 'Ada', email }).execute();
  await world.db.updateTable('principal').set({ auth_user_id: email }).where('id', '=', person!.id).execute();
  return { userId: email, personId: person!.id };
}

const signIn = (id: string, userId: string, expiresAt: Date) =>
  world.db
    .insertInto('auth_session')
    .values({
      id,
      userId,
      token: `token ${id}`,
      expiresAt,
      userAgent: 'Firefox/1 Windows',
      ipAddress: '10.0.0.9',
    })
    .execute();

describe('wrong guesses', () => {
  it('are slowed down at one place, also when many come at once', async () => {
    const server = await world.server();
    const guesses = await Promise.all(Array.from({ length: 40 }, () => beginGuess(server, EMAIL, HOME)));
    expect(guesses.filter((guess) => guess !== undefined)).toHaveLength(10);
    expect(await beginGuess(server, EMAIL, HOME)).toBeUndefined();
  });

  it('from however many addresses do not lock their person out where they have been before', async () => {
    const server = await world.server();
    const { userId } = await user();
    await rememberPlace(server, userId, { address: HOME.address, device: 'laptop' });
    const guesses = [];
    for (let count = 0; count < 60; count += 1) guesses.push(await beginGuess(server, EMAIL, strange(count)));
    expect(guesses.filter((guess) => guess !== undefined)).toHaveLength(30);
    // Strangers are shut out; the usual address is not, and the laptop nowhere.
    expect(await beginGuess(server, EMAIL, strange(999))).toBeUndefined();
    expect(await beginGuess(server, EMAIL, HOME)).toBeDefined();
    expect(await beginGuess(server, EMAIL, { ...strange(1_000), device: 'laptop' })).toBeDefined();
    // A neighbour behind the same address who fills its bucket does not shut the laptop out either.
    for (let count = 0; count < 20; count += 1) await beginGuess(server, EMAIL, HOME);
    expect(await beginGuess(server, EMAIL, HOME)).toBeUndefined();
    expect(await beginGuess(server, EMAIL, { ...HOME, device: 'laptop' })).toBeDefined();
    // A cookie that somebody made up is no known one.
    expect(await beginGuess(server, EMAIL, { ...HOME, device: 'made-up' })).toBeUndefined();
  });

  it('are counted apart for each person behind one address, and never when they were right', async () => {
    const server = await world.server();
    for (let pupil = 0; pupil < 100; pupil += 1) {
      const guess = await beginGuess(server, `pupil${pupil}@example.org`, HOME);
      expect(guess).toBeDefined();
    }
    for (let time = 0; time < 50; time += 1) {
      const guess = await beginGuess(server, EMAIL, HOME);
      expect(guess).toBeDefined();
      await guess?.right();
    }
  });

  it('are forgotten after a quarter of an hour', async () => {
    const clock = new ManualClock(Date.now());
    const server = await world.server({ clock });
    for (let time = 0; time < 12; time += 1) await beginGuessAt(server, 'x');
    expect(await beginGuessAt(server, 'x')).toBeUndefined();
    await clock.advance(15 * 60_000 + 1);
    expect(await beginGuessAt(server, 'x')).toBeDefined();
    for (let time = 0; time < 9; time += 1) await beginGuessAt(server, 'x');
    expect(await beginGuessAt(server, 'x')).toBeUndefined();
  });
});

it('a code of an authenticator is right once, of two at the same moment for one', async () => {
  const server = await world.server();
  const { userId } = await user();
  const used = await Promise.all(Array.from({ length: 10 }, () => useCode(server, userId, '123456')));
  expect(used.filter(Boolean)).toHaveLength(1);
  expect(await useCode(server, userId, '654321')).toBe(true);
});

describe('sign-ins', () => {
  it('are listed and ended, one, all others or all, never somebody else’s', async () => {
    const server = await world.server();
    const { userId } = await user();
    const { userId: other } = await user('eve@example.org');
    const soon = new Date(Date.now() + 60_000);
    for (const id of ['a', 'b', 'c']) await signIn(id, userId, soon);
    await signIn('over', userId, new Date(Date.now() - 1));
    await signIn('eve', other, soon);
    const list = await listSignIns(server, userId, 'a');
    expect(list.map(({ id }) => id).toSorted((a, b) => a.localeCompare(b))).toEqual(['a', 'b', 'c']);
    expect(list.find(({ current }) => current)).toMatchObject({
      id: 'a',
      device: 'Firefox on Windows',
      address: '10.0.0.9',
    });
    expect(await endedSignIns(server, ['a', 'eve', 'over', 'none'])).toEqual(new Set(['over', 'none']));
    expect(await endSignIns(server, userId, { id: 'eve' })).toBe(0);
    expect(await endSignIns(server, userId, { id: 'b' })).toBe(1);
    expect(await endSignIns(server, userId, { but: 'a' })).toBe(2);
    expect(await endSignIns(server, userId)).toBe(1);
    expect(await endedSignIns(server, ['eve'])).toEqual(new Set());
  });

  it('that end are told to every gateway', async () => {
    const server = await world.server();
    const { userId } = await user();
    await signIn('a', userId, new Date(Date.now() + 60_000));
    const listener = await connectSingle(world.url);
    const heard = new Promise<string | undefined>((resolve) => {
      listener.once('notification', ({ payload }) => resolve(payload));
    });
    await listener.query('listen orangery_change');
    await endSignIns(server, userId);
    expect(await heard).toBe('signIn:a');
    await listener.end();
  });
});

describe('an API key', () => {
  const input = { name: 'backup', scope: 'read', days: 30 } as const;

  it('acts for its person until it expires or is removed, and is kept as a digest alone', async () => {
    const clock = new ManualClock(Date.now());
    const server = await world.server({ clock });
    const { personId } = await user();
    const made = await createApiKey(server, personId, input);
    const key = made?.key ?? '';
    expect(key).toMatch(/^orangery_[\w-]{43}$/);
    expect(await redeemApiKey(server, key, '1.2.3.4')).toMatchObject({ personId, scope: 'read' });
    const row = await world.db.selectFrom('api_key').selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(key.slice(20));
    expect(row).toMatchObject({ last_address: '1.2.3.4' });
    expect(await redeemApiKey(server, `${key.slice(0, -1)}!`, '1.2.3.4')).toBeUndefined();
    expect(await removeApiKey(server, crypto.randomUUID(), made!.id)).toBeUndefined();
    await clock.advance(31 * 86_400_000);
    expect(await redeemApiKey(server, key, '1.2.3.4')).toBeUndefined();
    await clock.advance(-31 * 86_400_000);
    expect(await redeemApiKey(server, key, '1.2.3.4')).toBeDefined();
    await removeApiKey(server, personId, made!.id);
    expect(await redeemApiKey(server, key, '1.2.3.4')).toBeUndefined();
  });
});

describe('mails', () => {
  const settings = {
    host: 'mail.example.org',
    port: 587,
    security: 'starttls',
    user: 'orangery',
    from: 'o@example.org',
    publicUrl: 'https://desk.example.org',
    ca: '',
  } as const;

  it('settings are kept sealed, and their password is never another server’s', async () => {
    const sealed: string[] = [];
    const server = {
      ...(await world.server()),
      seal: (purpose: string, plain: Buffer) => {
        sealed.push(purpose);
        return Buffer.from(plain.toString('base64'));
      },
      unseal: (_purpose: string, bytes: Buffer) => Buffer.from(bytes.toString(), 'base64'),
    };
    expect(await setMailSettings(server, settings)).toBe('passwordMissing');
    await setMailSettings(server, { ...settings, password: 'hush-hush' });
    expect(sealed).toEqual(['setting:mail']);
    const rows = await world.db.selectFrom('setting').selectAll().execute();
    expect(rows[0]?.value_sealed.toString()).not.toContain('hush');
    expect(JSON.stringify(await showMail(server))).not.toContain('hush');
    await setMailSettings(server, { ...settings, port: 465 });
    expect((await mailSettings(server))?.password).toBe('hush-hush');
    expect(await setMailSettings(server, { ...settings, host: 'evil.example' })).toBe('passwordMissing');
    expect((await mailSettings(server))?.host).toBe('mail.example.org');
  });

  it('are tried again until nobody waits for them', async () => {
    const clock = new ManualClock(Date.now());
    let fails = true;
    const sent: string[] = [];
    const server = {
      ...(await world.server({ clock })),
      mailer: {
        deliver: async ({ email }: { email: string }) => {
          if (fails) throw new Error('the server said no');
          sent.push(email);
          return 'sent' as const;
        },
      },
    };
    const loop = mailsLoop(server);
    const turnAll = async (): Promise<string[]> => {
      const turns = [];
      for (const key of await loop.keys()) turns.push((await loop.turn(key, never())).outcome);
      return turns;
    };
    await askForMail(server, 'reset', 'Ada@Example.org');
    expect(await turnAll()).toEqual(['failed']);
    expect(await turnAll()).toEqual(['waiting']);
    expect(await showMail(server)).toMatchObject({ waiting: 1, reason: 'the server said no' });
    await clock.advance(10_000);
    fails = false;
    expect(await turnAll()).toEqual(['settled']);
    expect(sent).toEqual(['ada@example.org']);
    expect(await turnAll()).toEqual([]);
    fails = true;
    await askForMail(server, 'reset', 'bob@example.org');
    for (let minute = 0; minute < 40; minute += 1) {
      await turnAll();
      await clock.advance(60_000);
    }
    expect(await loop.keys()).toEqual([]);
    const audit = await world.db
      .selectFrom('audit_event')
      .select(['action', 'outcome'])
      .orderBy('id')
      .execute();
    expect(audit).toEqual([
      { action: 'mail.reset', outcome: 'sent' },
      { action: 'mail.reset', outcome: 'failed' },
    ]);
  });
});
