import { z } from 'zod';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './passwords.ts';

const at = z.iso.datetime({ offset: true });
const id = z.uuid();

/** What somebody has: older passwords may be shorter than new ones, or longer. */
export const passwordSchema = z.string().min(1).max(200);
export const newPasswordSchema = z
  .string()
  .min(PASSWORD_LENGTH_MIN, `At least ${PASSWORD_LENGTH_MIN} characters`)
  .max(PASSWORD_LENGTH_MAX);
export const emailSchema = z.email().max(254);
/** Of a link in a mail. */
const linkToken = z.string().min(16).max(200);
/** Six digits of an authenticator, or a recovery code. */
const codeSchema = z.string().trim().min(6).max(40);

export const signInInput = z.object({
  email: z
    .string()
    .trim()
    .max(254)
    .regex(/^[^\p{Cc}]+$/u)
    .describe('The e-mail address, or the name that a directory knows'),
  password: passwordSchema,
});

export const signedInSchema = z.object({
  /** What is still asked for: `signIn.secondFactor`. */
  next: z.enum(['done', 'secondFactor']),
});

export const secondFactorInput = z.object({ code: codeSchema });

/** Of WebAuthn, as browsers' JSON has it; what is in it is checked by its signature. */
export const webAuthnSchema = z.record(z.string(), z.unknown());

export const signInWaysSchema = z.object({
  /** Whoever forgot their password is sent a link. */
  resetByMail: z.boolean(),
  /** There is a directory whose people type the name it knows them by. */
  names: z.boolean(),
  /** By the link of such a mail accounts of a directory can be unlocked, too. */
  unlock: z.boolean(),
  /** Where else people can sign in, by a button. */
  providers: z.array(z.object({ id, title: z.string() })),
});

/** Where to send the browser, to sign in at a provider. */
export const providerInput = z.object({
  id,
  redirect: z.string().max(2_000).optional().describe('The page of ours that is wanted'),
});
export const providerStartSchema = z.object({ url: z.string() });
/** What the provider's answer had in its address. */
export const providerAnswerInput = z.object({
  query: z
    .string()
    .max(10_000)
    .regex(/(?:^|[?&])state=/, 'The answer of a provider'),
});
export const providerSignedInSchema = signedInSchema.extend({
  /** What was wanted at the beginning. */
  redirect: z.string().nullable(),
});
export const signedOutSchema = z.object({
  /** Where the browser signs out at the provider, if it should. */
  url: z.string().nullable(),
});

export const accountSchema = z.object({
  email: z.string(),
  emailVerified: z.boolean(),
  /** This installation can send mails. */
  mail: z.boolean(),
  /** The directory that the person is of; null: the account was made here. */
  directory: z
    .object({
      title: z.string(),
      /** They sign in here by the directory's password. */
      password: z.boolean(),
      /** That password can be changed here. */
      change: z.boolean(),
    })
    .nullable(),
  secondFactor: z.object({
    on: z.boolean(),
    /** Each opens the account once; 0 while it is off. */
    recoveryCodesLeft: z.number().int(),
  }),
});

export const changePasswordInput = z.object({ current: passwordSchema, password: newPasswordSchema });
export const requestResetInput = z.object({ email: emailSchema });
export const resetPasswordInput = z.object({ token: linkToken, password: newPasswordSchema });
export const unlockInput = z.object({ token: linkToken });
export const verifyEmailInput = z.object({ token: linkToken });
export const reAuthInput = z.object({ password: passwordSchema });

export const secondFactorStartSchema = z.object({
  /** `otpauth://…`, for an authenticator to scan. */
  uri: z.string(),
  /** The same secret in base32, to type. */
  secret: z.string(),
  recoveryCodes: z.array(z.string()),
});
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) });

/** A browser in which somebody is signed in. */
export const signInSchema = z.object({
  id: z.string(),
  device: z.string(),
  address: z.string(),
  createdAt: at,
  /** To a few minutes. */
  lastUsedAt: at,
  expiresAt: at,
  /** It is the one that asks. */
  current: z.boolean(),
});
export const signInIdInput = z.object({ id: z.string().min(1).max(64) });
export const endedSchema = z.object({ ended: z.number().int() });

export const passkeySchema = z.object({
  id,
  name: z.string(),
  /** The name of this Orangery that it works at. */
  site: z.string(),
  createdAt: at,
  lastUsedAt: at.nullable(),
});
const nameSchema = z.string().trim().min(1).max(100);
export const passkeyInput = z.object({ name: nameSchema, response: webAuthnSchema });
export const passkeyNameInput = z.object({ id, name: nameSchema });

export const API_KEY_DAYS_MAX = 366;
export const apiKeyScopes = ['read', 'all'] as const;
export const apiKeySchema = z.object({
  id,
  name: z.string(),
  /** Its beginning. */
  hint: z.string(),
  /** read: looks alone. all: what its person may do, but nothing of how they sign in. */
  scope: z.enum(apiKeyScopes),
  createdAt: at,
  expiresAt: at,
  lastUsedAt: at.nullable(),
  lastAddress: z.string().nullable(),
});
export const apiKeyInput = z.object({
  name: nameSchema,
  scope: z.enum(apiKeyScopes).default('read'),
  days: z.number().int().min(1).max(API_KEY_DAYS_MAX).default(90),
});
export const newApiKeySchema = apiKeySchema.extend({
  /** Shown once. */
  key: z.string(),
});

export const mailSecurities = ['tls', 'starttls', 'none'] as const;
const mailBase = z.object({
  host: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'A name or an address'),
  port: z.number().int().min(1).max(65_535),
  /** none: only to a server on this machine, as whoever listens reads the links. */
  security: z.enum(mailSecurities),
  /** Empty: it lets us in without. */
  user: z.string().max(254).default(''),
  from: emailSchema,
  /** Where people reach this Orangery; links in mails begin with it. */
  publicUrl: z
    .url({ protocol: /^https$/ })
    .max(300)
    .transform((url) => new URL(url).origin),
  /** An authority of one's own, as PEM; empty: those that Node knows. */
  ca: z.string().max(20_000).default(''),
});
export const mailInput = mailBase.extend({
  /** Left out: the one there is stays. */
  password: z.string().max(500).optional(),
});
/** How mails are sent; the password is told to nobody. */
export const mailSchema = z.object({
  settings: z
    .object({
      host: z.string(),
      port: z.number(),
      security: z.enum(mailSecurities),
      user: z.string(),
      from: z.string(),
      publicUrl: z.string(),
      ca: z.string(),
      hasPassword: z.boolean(),
    })
    .nullable(),
  /** Mails that wait to be sent, and why the latest of them could not be. */
  waiting: z.number().int(),
  reason: z.string().nullable(),
});
export type MailSettings = z.output<typeof mailBase> & { password: string };
