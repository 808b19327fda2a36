import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, fetch as undiciFetch } from 'undici';
import { makeCertificate } from './slapd.ts';

const MAIN = fileURLToPath(new URL('provider-main.ts', import.meta.url));
const PORT = 9443;
const STEPS_MAX = 12;

export type ProviderSettings = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUris: string[];
  logoutUris: string[];
  /** Told of who signs out. */
  backChannelUri: string;
  people: Record<string, Record<string, unknown>>;
  key: string;
  cert: string;
};

/** A provider of OpenID Connect, and a browser's way through its pages. */
export class TestProvider {
  readonly settings: ProviderSettings;
  readonly ca: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #agent: Agent;
  /** Of the browser that signed in last. */
  #cookies = new Map<string, string>();

  private constructor(settings: ProviderSettings, ca: string, folder: string, child: ChildProcess) {
    this.settings = settings;
    this.ca = ca;
    this.#folder = folder;
    this.#process = child;
    this.#agent = new Agent({ connect: { ca } });
  }

  /** @param address of 127.0.0.0/8 @param origin of the Orangery whose people it signs in */
  static async start(
    address: string,
    origin: string,
    people: ProviderSettings['people'],
    options: { directory?: string; originCa?: string } = {},
  ): Promise<TestProvider> {
    const folder = await mkdtemp(join(tmpdir(), 'orangery-provider-'));
    const files = await makeCertificate(folder, address);
    const settings: ProviderSettings = {
      ...files,
      issuer: `https://${address}:${PORT}`,
      clientId: 'orangery',
      clientSecret: 'a secret of two: the provider and Orangery',
      redirectUris: [`${origin}/sign-in/back`],
      logoutUris: [`${origin}/login`],
      backChannelUri: `${origin}/api/directories/${options.directory ?? 'web'}/logout`,
      people,
    };
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        ...process.env,
        NODE_NO_WARNINGS: '1',
        ORANGERY_PROVIDER: JSON.stringify(settings),
        ...(options.originCa === undefined ? {} : { NODE_EXTRA_CA_CERTS: options.originCa }),
      },
    });
    const exited = once(child, 'exit').then(() => {
      throw new Error('the provider did not start');
    });
    await Promise.race([once(child.stdout, 'data'), exited]);
    exited.catch(() => {});
    return new TestProvider(settings, await readFile(files.cert, 'utf8'), folder, child);
  }

  async close(): Promise<void> {
    await this.#agent.close();
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Goes through its pages as somebody, in a browser of its own; the query of the address it sends them back to. */
  async signIn(url: string, account: string | undefined): Promise<string> {
    const cookies = (this.#cookies = new Map<string, string>());
    let [next, form]: [string, URLSearchParams | undefined] = [url, undefined];
    for (let step = 0; step < STEPS_MAX; step += 1) {
      if (!next.startsWith(this.settings.issuer)) return new URL(next).search;
      const answer = await undiciFetch(next, {
        dispatcher: this.#agent,
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form === undefined ? {} : { method: 'POST', body: form }),
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        cookies.set(name, value);
      }
      const page = await answer.text();
      const location = answer.headers.get('location');
      form = undefined;
      if (location !== null) {
        next = new URL(location, next).href;
        continue;
      }
      if (account === undefined) {
        const [, abort = ''] = /href="([^"]*\/abort)"/.exec(page) ?? [];
        next = new URL(abort, next).href;
        continue;
      }
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(page) ?? [];
      if (prompt === undefined)
        throw new Error(`no form at ${next}: ${answer.status} ${page.slice(0, 2_000)}`);
      form = new URLSearchParams({ prompt, login: account, password: 'any' });
    }
    throw new Error('the provider’s pages do not end');
  }

  /** The browser that signed in last signs out on its own page; it tells those whom it has let in. */
  async signOut(): Promise<void> {
    const send = async (path: string, form?: URLSearchParams): Promise<string> => {
      const answer = await undiciFetch(`${this.settings.issuer}${path}`, {
        dispatcher: this.#agent,
        redirect: 'manual',
        headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form === undefined ? {} : { method: 'POST', body: form }),
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        this.#cookies.set(name, value);
      }
      return answer.text();
    };
    const page = await send('/session/end');
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? [];
    if (xsrf === '') throw new Error(`no form to sign out: ${page.slice(0, 2_000)}`);
    await send('/session/end/confirm', new URLSearchParams({ xsrf, logout: 'yes' }));
  }
}
