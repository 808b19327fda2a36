// What @peculiar/x509 is built with wants it first.
import 'reflect-metadata';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Clock } from '@orangery/std';

const CA_DAYS = 3650;
/** Browsers refuse server certificates that live longer than 825 days. */
const SERVER_DAYS = 397;
const RENEW_BEFORE_DAYS = 30;
const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** `own`: made here; else given. */
export type Tls = { key: string; cert: string; caPem: string; caSha256: string; own: boolean };

/**
 * The server's certificate, from an own certificate authority made at first run. It is renewed when it nears its end or
 * when this machine has a name or address that it does not carry. A certificate of one's own is used when
 * `tls/custom.key` and `tls/custom.crt` are there.
 */
export async function ensureTls(folder: string, names: readonly string[], clock: Clock): Promise<Tls> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(folder, name), 'utf8').catch(() => undefined);
  const custom = { key: await read('custom.key'), cert: await read('custom.crt') };
  if (custom.key !== undefined && custom.cert !== undefined) {
    return {
      key: custom.key,
      cert: custom.cert,
      caPem: custom.cert,
      caSha256: fingerprint(custom.cert),
      own: false,
    };
  }
  let caKeyPem = await read('ca.key');
  let caPem = await read('ca.crt');
  if (caKeyPem === undefined || caPem === undefined) {
    ({ keyPem: caKeyPem, certPem: caPem } = await makeCa(clock));
    await writeSecret(join(folder, 'ca.key'), caKeyPem);
    await writeSecret(join(folder, 'ca.crt'), caPem);
  }
  const key = await read('server.key');
  const cert = await read('server.crt');
  if (key !== undefined && cert !== undefined && serves(cert, caPem, names, clock)) {
    return { key, cert: cert + caPem, caPem, caSha256: fingerprint(caPem), own: true };
  }
  const made = await makeServer(caKeyPem, caPem, names, clock);
  await writeSecret(join(folder, 'server.key'), made.keyPem);
  await writeSecret(join(folder, 'server.crt'), made.certPem);
  return { key: made.keyPem, cert: made.certPem + caPem, caPem, caSha256: fingerprint(caPem), own: true };
}

function serves(certPem: string, caPem: string, names: readonly string[], clock: Clock): boolean {
  const cert = new X509Certificate(certPem);
  const ca = new X509Certificate(caPem);
  if (cert.validToDate.getTime() - clock.now() < RENEW_BEFORE_DAYS * DAY_MS) return false;
  if (!cert.checkIssued(ca)) return false;
  return names.every((name) => (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) !== undefined);
}

async function makeCa(clock: Clock): Promise<{ keyPem: string; certPem: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Orangery CA',
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { keyPem: await privatePem(keys.privateKey), certPem: `${cert.toString('pem')}\n` };
}

async function makeServer(
  caKeyPem: string,
  caPem: string,
  names: readonly string[],
  clock: Clock,
): Promise<{ keyPem: string; certPem: string }> {
  const ca = new x509.X509Certificate(caPem);
  const caKeyDer = x509.PemConverter.decodeFirst(caKeyPem);
  const caKey = await webcrypto.subtle.importKey('pkcs8', caKeyDer, ALGORITHM, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: 'CN=Orangery',
    issuer: ca.subject,
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + SERVER_DAYS * DAY_MS),
    signingKey: caKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }) as const),
      ),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  return { keyPem: await privatePem(keys.privateKey), certPem: `${cert.toString('pem')}\n` };
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString('hex');
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}
