import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const argon2Async = promisify(argon2);

/** Memory in KiB, passes, lanes. */
type Cost = { memory: number; passes: number; parallelism: number };

/** OWASP's password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const TAG_BYTES = 32;
const SALT_BYTES = 16;

/** A stored hash may cost this much to check, whoever wrote it: more would be a way to stop the server. */
const MEMORY_KIB_MAX = 262_144;
const PASSES_MAX = 16;

/** As others write argon2id: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`, base64 without padding. */
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** The first ones here: `argon2id$salt$tag`, of the cost that is today's. */
const FIRST = /^argon2id\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

type Stored = { cost: Cost; salt: Buffer; tag: Buffer };

export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await tagOf(password, { cost, salt, bytes: TAG_BYTES });
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** False also for a hash of a kind that is not known. */
export async function verifyPassword({
  hash,
  password,
}: {
  hash: string;
  password: string;
}): Promise<boolean> {
  const stored = parse(hash);
  if (stored === undefined) return false;
  const { cost, salt, tag } = stored;
  return timingSafeEqual(await tagOf(password, { cost, salt, bytes: tag.length }), tag);
}

/** Whether a hash is of another cost or form than those of today. */
export function isDated(hash: string): boolean {
  const { memory, passes, parallelism } = COST;
  return !hash.startsWith(`$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$`);
}

function parse(hash: string): Stored | undefined {
  const phc = PHC.exec(hash);
  const first = FIRST.exec(hash);
  const [salt, tag] = phc?.slice(4) ?? first?.slice(1) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  const cost =
    phc === null ? COST : { memory: Number(phc[1]), passes: Number(phc[2]), parallelism: Number(phc[3]) };
  if (cost.memory > MEMORY_KIB_MAX || cost.passes > PASSES_MAX) return undefined;
  const stored = { cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
  // RFC 9106, section 3.1: what the function takes.
  const { memory, passes, parallelism } = cost;
  const fits =
    stored.salt.length >= 8 &&
    stored.tag.length >= 16 &&
    passes >= 1 &&
    parallelism >= 1 &&
    memory >= 8 * parallelism;
  return fits ? stored : undefined;
}

function tagOf(
  password: string,
  { cost, salt, bytes }: { cost: Cost; salt: Buffer; bytes: number },
): Promise<Buffer> {
  return argon2Async('argon2id', { message: password, nonce: salt, ...cost, tagLength: bytes });
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
