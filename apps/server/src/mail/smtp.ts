import { isIP } from 'node:net';
import type { MailText } from '@orangery/control';
import type { MailSettings } from '@orangery/contract';
import { codeOf, OrangeryError } from '@orangery/std';
import { createTransport } from 'nodemailer';
import { resolveOutward } from '../outward.ts';

/** Of mail servers, also on this machine itself. */
const MAIL_PORTS = [25, 465, 587, 1025, 2525] as const;
const CONNECT_TIMEOUT_MS = 10_000;
const TALK_TIMEOUT_MS = 20_000;
const REPLY_LENGTH_MAX = 300;

/** Sends one mail. Throws `mailRefused` or `notReachable`, with what the mail server said, for an administrator. */
export async function sendMail(settings: MailSettings, to: string, mail: MailText): Promise<void> {
  const { host, port, security, user, password, from, ca } = settings;
  const address = await resolveOutward(host, port, MAIL_PORTS);
  const transport = createTransport({
    host: address,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: {
      minVersion: 'TLSv1.2',
      // Names alone are told; an address is none (RFC 6066, section 3). The certificate is held against it all the same.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === '' ? {} : { ca }),
    },
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: TALK_TIMEOUT_MS,
    // A mail is made of our own texts: nothing in it names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  try {
    await transport.sendMail({
      from: { name: 'Orangery', address: from },
      to,
      ...mail,
      // RFC 3834: no out-of-office notes come back.
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    throw new OrangeryError('mailRefused', `${host}:${port} took no mail: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    transport.close();
  }
}

/** What failed, in words; of what the other end said only what is an SMTP reply. */
function reasonOf(error: unknown): string {
  const reply =
    typeof error === 'object' && error !== null && 'response' in error ? error.response : undefined;
  if (typeof reply === 'string' && /^[45]\d\d[ -]/.test(reply)) return reply.slice(0, REPLY_LENGTH_MAX);
  if (typeof error === 'object' && error !== null && 'syscall' in error && error.syscall === 'connect')
    return 'nobody answers there';
  const code = codeOf(error) ?? '';
  return REASONS[code] ?? `it could not be talked to${code === '' ? '' : ` (${code})`}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EAUTH: 'user or password was refused',
  ESOCKET: 'the connection failed; is the kind of encryption right, and the certificate one that is known?',
  ETIMEDOUT: 'it did not answer in time',
  ETLS: 'it offers no encryption, or its certificate is not known',
  EENVELOPE: 'it refused the sender or the receiver',
};
