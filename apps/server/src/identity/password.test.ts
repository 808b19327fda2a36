import { expect, it } from 'vitest';
import { hashPassword, isDated, verifyPassword } from './password.ts';

const PASSWORD = 'correct horse battery';

it('knows its own hashes, and no other password', async () => {
  const hash = await hashPassword(PASSWORD);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(isDated(hash)).toBe(false);
  expect(await verifyPassword({ hash, password: PASSWORD })).toBe(true);
  expect(await verifyPassword({ hash, password: `${PASSWORD}!` })).toBe(false);
  expect(await hashPassword(PASSWORD)).not.toBe(hash);
});

it('knows hashes of the first form, which are to be renewed', async () => {
  const [, , , , salt = '', tag = ''] = (await hashPassword(PASSWORD)).split('$');
  const hash = `argon2id$${salt}==$${tag}=`;
  expect(await verifyPassword({ hash, password: PASSWORD })).toBe(true);
  expect(await verifyPassword({ hash, password: 'another one' })).toBe(false);
  expect(isDated(hash)).toBe(true);
});

it('knows hashes of another cost, which are to be renewed', async () => {
  const hash = await hashPassword(PASSWORD, { memory: 1_024, passes: 1, parallelism: 1 });
  expect(await verifyPassword({ hash, password: PASSWORD })).toBe(true);
  expect(isDated(hash)).toBe(true);
});

it('agrees with the reference implementation', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32 (libargon2's own test vector)
  const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  expect(await verifyPassword({ hash, password: 'password' })).toBe(true);
});

it.each([
  '',
  'plain',
  '$argon2i$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$AAAA',
  '$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=1024,t=999,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$argon2id$v=19$m=1024,t=1,p=1$YQ$AAAA',
])('lets nobody in by %s', async (hash) => {
  expect(await verifyPassword({ hash, password: PASSWORD })).toBe(false);
});
