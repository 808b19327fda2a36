import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { codeOf, OrangeryError } from '@orangery/std';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The installation's master key wraps every secret in the database; the database alone opens nothing. */
export type Secrets = {
  seal(purpose: string, plain: Buffer): Buffer;
  open(purpose: string, sealed: Buffer): Buffer;
  /** A key of its own for one purpose, always the same. */
  derive(purpose: string): Buffer;
};

/** Reads the master key, or makes it at first run. Two servers that start at once end with the same one. */
export async function loadSecrets(path: string): Promise<Secrets> {
  const draft = `${path}.${process.pid}`;
  let key = await readFile(path).catch(() => undefined);
  if (key === undefined) {
    await writeFile(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    await rm(draft, { force: true });
    key = await readFile(path);
  }
  if (key.length !== KEY_BYTES) {
    throw new OrangeryError('badMasterKey', `${path} holds ${key.length} bytes, not ${KEY_BYTES}`, {
      fix: 'Put the master key back from your copy: without it, host keys and sessions cannot be read.',
    });
  }
  return secretsOf(key);
}

export function secretsOf(master: Buffer): Secrets {
  const derive = (purpose: string): Buffer => createHmac('sha256', master).update(purpose).digest();
  return {
    derive,
    seal(purpose, plain) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', derive(`seal:${purpose}`), nonce);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(purpose, sealed) {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', derive(`seal:${purpose}`), nonce, {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      } catch (error) {
        throw new OrangeryError(
          'badSeal',
          `A sealed secret (${purpose}) does not open with this master key`,
          {
            cause: error,
            fix: 'The database and the master key belong to different installations: put the right key back.',
          },
        );
      }
    },
  };
}
