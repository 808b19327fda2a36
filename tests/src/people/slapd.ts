import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@orangery/std';
import { Attribute, Change, Client } from 'ldapts';

const run = promisify(execFile);

export const BASE = 'dc=example,dc=org';
/** The account by which Orangery looks. */
export const LOOKER = { dn: `cn=orangery,${BASE}`, password: 'looks-at-people' };
const ROOT = { dn: `cn=root,${BASE}`, password: 'may-do-everything' };
export const LDAP_PORT = 1389;
export const LDAPS_PORT = 1636;
const START_TIMEOUT_MS = 20_000;

type Entry = Record<string, string | string[]>;

export const personDn = (uid: string): string =>
  `uid=${uid.replaceAll(/[,+"\\<>;=#]/g, String.raw`\$&`)},ou=people,${BASE}`;
export const groupDn = (cn: string): string => `cn=${cn},ou=groups,${BASE}`;

/** A throw-away key and certificate for this address, as PEM files. */
export async function makeCertificate(
  folder: string,
  address: string,
): Promise<{ key: string; cert: string }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=directory';
  const names = `subjectAltName=DNS:localhost,IP:${address}`;
  await run('openssl', [...kind.split(' '), '-keyout', key, '-out', cert, '-addext', names]);
  return { key, cert };
}

/**
 * OpenLDAP's own server with people, groups and a password policy that locks after five wrong passwords. It listens on an
 * address of its own, so that several run side by side.
 */
export class Slapd {
  readonly address: string;
  /** Of its certificate, as PEM. */
  ca = '';
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #root: Client | undefined;

  private constructor(folder: string, address: string) {
    this.#folder = folder;
    this.address = address;
  }

  /** @param address of 127.0.0.0/8 */
  static async start(address: string): Promise<Slapd> {
    const folder = await mkdtemp('/tmp/orangery-slapd-');
    const slapd = new Slapd(folder, address);
    const { key, cert } = await makeCertificate(folder, address);
    slapd.ca = await readFile(cert, 'utf8');
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'slapd.conf'), configuration(folder, { key, cert }));
    await slapd.restart();
    for (const [dn, entry] of Object.entries(entries())) await slapd.add(dn, entry);
    return slapd;
  }

  /** Starts it (again) on what it has. */
  async restart(): Promise<void> {
    await this.stop();
    const urls = `ldap://${this.address}:${LDAP_PORT} ldaps://${this.address}:${LDAPS_PORT}`;
    const child = spawn('/usr/sbin/slapd', ['-d', '0', '-f', join(this.#folder, 'slapd.conf'), '-h', urls], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const deadline = systemClock.monotonicMs() + START_TIMEOUT_MS;
    while (!(await listens(this.address, LDAPS_PORT))) {
      if (child.exitCode !== null || systemClock.monotonicMs() > deadline)
        throw new Error(`slapd did not start: ${said}`);
      await systemClock.sleep(20);
    }
    this.#root = new Client({ url: `ldap://${this.address}:${LDAP_PORT}` });
    await this.#root.bind(ROOT.dn, ROOT.password);
  }

  async stop(): Promise<void> {
    await this.#root?.unbind();
    this.#root = undefined;
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get root(): Client {
    if (this.#root === undefined) throw new Error('slapd does not run');
    return this.#root;
  }

  async add(dn: string, entry: Entry): Promise<void> {
    await this.root.add(dn, entry);
  }

  async set(dn: string, type: string, values: string[]): Promise<void> {
    await this.root.modify(
      dn,
      new Change({ operation: 'replace', modification: new Attribute({ type, values }) }),
    );
  }

  /** One attribute as it is, or undefined. */
  async read(dn: string, attribute: string): Promise<string | undefined> {
    const { searchEntries } = await this.root.search(dn, { scope: 'base', attributes: [attribute] });
    const value = searchEntries[0]?.[attribute];
    return typeof value === 'string' ? value : undefined;
  }

  /** A person whose password is `password of <uid>`. */
  async person(uid: string, more: Entry = {}): Promise<void> {
    await this.add(personDn(uid), person(uid, more));
  }
}

export const passwordOf = (uid: string): string => `password of ${uid}`;

function person(uid: string, more: Entry = {}): Entry {
  return {
    objectClass: ['inetOrgPerson'],
    uid,
    cn: uid,
    sn: uid,
    mail: `${uid}@example.org`,
    userPassword: passwordOf(uid),
    ...more,
  };
}

const group = (...members: string[]): Entry => ({ objectClass: ['groupOfNames'], member: members });

function entries(): Record<string, Entry> {
  const policies = `ou=policies,${BASE}`;
  return {
    [BASE]: { objectClass: ['dcObject', 'organization'], o: 'Example', dc: 'example' },
    [`ou=people,${BASE}`]: { objectClass: ['organizationalUnit'] },
    [`ou=groups,${BASE}`]: { objectClass: ['organizationalUnit'] },
    [policies]: { objectClass: ['organizationalUnit'] },
    [`cn=default,${policies}`]: {
      objectClass: ['device', 'pwdPolicy'],
      pwdAttribute: 'userPassword',
      pwdLockout: 'TRUE',
      pwdMaxFailure: '5',
      pwdMinLength: '8',
      pwdCheckQuality: '1',
      pwdAllowUserChange: 'TRUE',
    },
    [LOOKER.dn]: {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      userPassword: LOOKER.password,
    },
    [personDn('ada')]: person('ada', { displayName: 'Ada Lovelace' }),
    [personDn('bob')]: person('bob'),
    [groupDn('programmers')]: group(personDn('ada')),
    // Groups in groups, and a circle.
    [groupDn('engineers')]: group(groupDn('programmers')),
    [groupDn('staff')]: group(groupDn('engineers'), groupDn('everybody'), personDn('bob')),
    [groupDn('everybody')]: group(groupDn('staff')),
    [groupDn('admins')]: group(personDn('bob')),
    [groupDn('unix')]: { objectClass: ['posixGroup'], gidNumber: '1000', memberUid: ['ada'] },
  };
}

const configuration = (folder: string, { key, cert }: { key: string; cert: string }): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile ${folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
TLSCertificateFile ${cert}
TLSCertificateKeyFile ${key}
sizelimit 50
database mdb
suffix "${BASE}"
directory ${folder}/data
rootdn "${ROOT.dn}"
rootpw ${ROOT.password}
overlay ppolicy
ppolicy_default "cn=default,ou=policies,${BASE}"
limits dn.exact="${LOOKER.dn}" size.prtotal=unlimited
access to attrs=userPassword
  by self write
  by dn.exact="${LOOKER.dn}" write
  by anonymous auth
access to attrs=pwdAccountLockedTime
  by dn.exact="${LOOKER.dn}" write
access to *
  by dn.exact="${LOOKER.dn}" read
  by * none
`;

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
