import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@orangery/std';
import { Attribute, Change, Client } from 'ldapts';
import { makeCertificate } from './slapd.ts';

const run = promisify(execFile);

export const AD_BASE = 'DC=ad,DC=example,DC=org';
export const AD_USERS = `CN=Users,${AD_BASE}`;
const ADMIN = { login: 'Administrator@ad.example.org', password: 'Adm1n-password' };
/** By which Orangery looks, and may do to people what an administrator has let it. */
export const AD_LOOKER = { dn: `CN=orangery,${AD_USERS}`, password: 'L00ks-at-people' };
export const LOCKOUT_THRESHOLD = 5;
const START_TIMEOUT_MS = 60_000;
const ACCOUNT_ENABLED = '512';

/** A domain controller of Samba's, without its name service and file shares: what is asked of one by LDAP. */
export class SambaDomain {
  readonly address: string;
  ca = '';
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #admin: Client | undefined;

  private constructor(folder: string, address: string) {
    this.#folder = folder;
    this.address = address;
  }

  /** @param address of an interface of this machine, on whose ports 389 and 636 it listens */
  static async start(address: string): Promise<SambaDomain> {
    const folder = await mkdtemp('/tmp/orangery-samba-');
    const domain = new SambaDomain(folder, address);
    const { key, cert } = await makeCertificate(folder, address);
    domain.ca = await readFile(cert, 'utf8');
    const options = {
      interfaces: address,
      'bind interfaces only': 'yes',
      'server services': 'ldap',
      'log file': join(folder, 'log'),
      'tls keyfile': key,
      'tls certfile': cert,
      'tls cafile': cert,
    };
    await run('samba-tool', [
      'domain',
      'provision',
      '--realm=AD.EXAMPLE.ORG',
      '--domain=AD',
      '--server-role=dc',
      '--dns-backend=NONE',
      '--host-name=dc',
      `--host-ip=${address}`,
      `--adminpass=${ADMIN.password}`,
      `--targetdir=${folder}`,
      ...Object.entries(options).map(([name, value]) => `--option=${name}=${value}`),
    ]);
    await domain.#tool(
      'domain',
      'passwordsettings',
      'set',
      `--account-lockout-threshold=${LOCKOUT_THRESHOLD}`,
      '--min-pwd-age=0',
    );
    await domain.#start();
    await domain.person('orangery', AD_LOOKER.password);
    return domain;
  }

  async #start(): Promise<void> {
    const child = spawn('samba', ['-i', '-M', 'single', '-s', this.#conf], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    this.#process = child;
    const deadline = systemClock.monotonicMs() + START_TIMEOUT_MS;
    for (;;) {
      const client = new Client({ url: `ldaps://${this.address}`, tlsOptions: { ca: this.ca } });
      try {
        await client.bind(ADMIN.login, ADMIN.password);
        this.#admin = client;
        return;
      } catch (error) {
        if (child.exitCode !== null || systemClock.monotonicMs() > deadline)
          throw new Error('samba did not start', { cause: error });
        await systemClock.sleep(100);
      }
    }
  }

  async close(): Promise<void> {
    await this.#admin?.unbind();
    const child = this.#process;
    if (child !== undefined && child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #conf(): string {
    return join(this.#folder, 'etc', 'smb.conf');
  }

  #tool(...args: string[]): Promise<unknown> {
    return run('samba-tool', [...args, `--configfile=${this.#conf}`]);
  }

  get admin(): Client {
    if (this.#admin === undefined) throw new Error('samba does not run');
    return this.#admin;
  }

  /** Lets the account that looks do what resets and unlocks need, as docs/directories.md tells. */
  async letReset(): Promise<void> {
    const sid = (await this.read(AD_LOOKER.dn, 'objectSid')) as Buffer;
    const trustee = sidText(sid);
    // Reset password (a right of its own), and write lockoutTime.
    const rights = `(OA;CI;CR;00299570-246d-11d0-a768-00aa006e0529;;${trustee})(OA;CI;RPWP;28630ebf-41d5-11d1-a9c1-0000f80367c1;;${trustee})`;
    await this.#tool(
      'dsacl',
      'set',
      `--objectdn=${AD_USERS}`,
      `--sddl=${rights}`,
      '--action=allow',
      `--trusteedn=${AD_LOOKER.dn}`,
      `-H`,
      join(this.#folder, 'private', 'sam.ldb'),
    );
  }

  async read(dn: string, attribute: string): Promise<unknown> {
    const { searchEntries } = await this.admin.search(dn, {
      scope: 'base',
      attributes: [attribute],
      explicitBufferAttributes: ['objectSid'],
    });
    const value = searchEntries[0]?.[attribute];
    return Array.isArray(value) && value.length === 0 ? undefined : value;
  }

  async set(dn: string, type: string, values: string[] | Buffer[]): Promise<void> {
    await this.admin.modify(
      dn,
      new Change({ operation: 'replace', modification: new Attribute({ type, values }) }),
    );
  }

  async person(login: string, password: string, more: Record<string, string> = {}): Promise<string> {
    const dn = `CN=${login},${AD_USERS}`;
    await this.admin.add(dn, {
      objectClass: 'user',
      sAMAccountName: login,
      userPrincipalName: `${login}@ad.example.org`,
      mail: `${login}@example.org`,
      displayName: login,
      ...more,
    });
    await this.set(dn, 'unicodePwd', [Buffer.from(`"${password}"`, 'utf16le')]);
    await this.set(dn, 'userAccountControl', [ACCOUNT_ENABLED]);
    return dn;
  }

  async group(name: string, ...members: string[]): Promise<string> {
    const dn = `CN=${name},${AD_USERS}`;
    await this.admin.add(dn, { objectClass: 'group', sAMAccountName: name, member: members });
    return dn;
  }
}

/** As [MS-DTYP] section 2.4.2.1 writes it. */
function sidText(sid: Buffer): string {
  const parts = Array.from({ length: sid.readUInt8(1) }, (_, at) => sid.readUInt32LE(8 + 4 * at));
  return ['S', sid.readUInt8(0), sid.readUIntBE(2, 6), ...parts].join('-');
}
