import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Context } from '@orangery/control';
import type { Database } from '@orangery/database';
import { betterAuth } from 'better-auth';
import type { Secrets } from '../secrets.ts';

const argon2Async = promisify(argon2);

/** OWASP's password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const ARGON2ID = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const SALT_BYTES = 16;

async function hashPassword(password: string, salt = randomBytes(SALT_BYTES)): Promise<string> {
  const tag = await argon2Async('argon2id', { message: password, nonce: salt, ...ARGON2ID });
  return `argon2id$${salt.toString('base64')}$${tag.toString('base64')}`;
}

async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [scheme, salt, tag] = hash.split('$');
  if (scheme !== 'argon2id' || salt === undefined || tag === undefined) return false;
  const again = await hashPassword(password, Buffer.from(salt, 'base64'));
  return again.length === hash.length && timingSafeEqual(Buffer.from(again), Buffer.from(hash));
}

/** Sign-in by better-auth on our own tables. People are made by the setup link or an administrator, never by themselves. */
export function createAuth(db: Database, secrets: Secrets) {
  return betterAuth({
    appName: 'Orangery',
    basePath: '/api/auth',
    secret: secrets.derive('better-auth').toString('base64'),
    database: { db, type: 'postgres' },
    user: { modelName: 'auth_user' },
    session: { modelName: 'auth_session', expiresIn: 7 * 86_400 },
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      maxPasswordLength: 200,
      password: { hash: (password) => hashPassword(password), verify: verifyPassword },
    },
    // The page itself is the only origin: whatever name the browser used, both headers name it.
    trustedOrigins: (request) => {
      const host = request?.headers.get('host');
      return host === null || host === undefined ? [] : [`https://${host}`];
    },
    rateLimit: {
      enabled: true,
      window: 60,
      max: 200,
      customRules: { '/sign-in/email': { window: 60, max: 10 } },
    },
    advanced: {
      useSecureCookies: true,
      cookiePrefix: 'orangery',
      ipAddress: { ipAddressHeaders: ['x-orangery-client'] },
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
}
export type Auth = ReturnType<typeof createAuth>;

/** Far longer than it takes to make a person. */
const CUT_OFF_MS = 60_000;

/** Makes an account that signs in by password. Of those who want one address at the same moment, one gets it. */
export async function createAccount(
  auth: Auth,
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  person: { name: string; email: string; password: string },
): Promise<{ userId: string } | { taken: true }> {
  const context = await auth.$context;
  const email = person.email.toLowerCase();
  // An account without a person is what a server that was killed in between left: its address would be taken for ever.
  await db
    .deleteFrom('auth_user')
    .where('email', '=', email)
    .where('createdAt', '<', new Date(clock.now() - CUT_OFF_MS))
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('principal')
        .select('auth_user_id')
        .where('auth_user_id', 'is not', null)
        .$castTo<{ auth_user_id: string }>(),
    )
    .execute();
  const isTaken = async (): Promise<boolean> =>
    (await context.internalAdapter.findUserByEmail(email)) !== null;
  if (await isTaken()) return { taken: true };
  const user = await context.internalAdapter
    .createUser({ name: person.name, email, emailVerified: false }, { method: 'email-password' })
    .catch(async (error: unknown) => {
      // The unique index decides the race; what the library says of it is its own, so the loser looks again.
      if (await isTaken()) return undefined;
      throw error;
    });
  if (user === undefined) return { taken: true };
  await context.internalAdapter.linkAccount({
    userId: user.id,
    accountId: user.id,
    providerId: 'credential',
    password: await hashPassword(person.password),
  });
  return { userId: user.id };
}
