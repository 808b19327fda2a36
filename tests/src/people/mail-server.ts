import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';

export type Received = { to: string[]; raw: string; secure: boolean; user: string | undefined };

/** A mail server on this machine, with TLS and a password; what it receives is kept here. */
export class MailServer {
  readonly received: Received[] = [];
  /** What it answers to each mail in place of taking it. */
  refusal: string | undefined;
  readonly #server: SMTPServer;

  private constructor(tls: { key: string; cert: string }, account: { user: string; password: string }) {
    this.#server = new SMTPServer({
      ...tls,
      authMethods: ['PLAIN', 'LOGIN'],
      onAuth: ({ username, password }, _session, done) => {
        if (username === account.user && password === account.password) done(null, { user: username });
        else done(new Error('Invalid username or password'));
      },
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          if (this.refusal !== undefined) {
            done(Object.assign(new Error(this.refusal), { responseCode: 451 }));
            return;
          }
          this.received.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            raw: Buffer.concat(parts).toString(),
            secure: session.secure,
            user: session.user,
          });
          done();
        });
      },
    });
    // Whoever hangs up in the middle is no fault of the server's.
    this.#server.on('error', () => {});
  }

  /** @param port of 127.0.0.1, one of those that mail servers have */
  static async start(
    tls: { key: string; cert: string },
    account: { user: string; password: string },
    address: string,
    port: number,
  ): Promise<MailServer> {
    const server = new MailServer(tls, account);
    const listening = server.#server.listen(port, address);
    await once(listening, 'listening');
    return server;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** The text part of a mail, decoded. */
export function textOf(raw: string): string {
  const [, text = ''] = /Content-Type: text\/plain[^]*?\r\n\r\n([^]*?)\r\n--/.exec(raw) ?? [];
  const encoding = /text\/plain[^]*?Content-Transfer-Encoding: (\S+)/i.exec(raw)?.[1]?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** The secret of the link in a mail. */
export function linkOf(raw: string, page: string): string {
  const found = new RegExp(`https://[^\\s]+/${page}#token=([\\w%-]+)`).exec(textOf(raw));
  if (found === null) throw new Error(`no link to ${page} in:\n${raw}`);
  return decodeURIComponent(found[1] ?? '');
}
