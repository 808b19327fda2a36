import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type IdKind, type Role, TENANT_HEADER } from '@orangery/contract';
import { makeSetupLink } from '@orangery/control';
import type { World } from '../control/world.ts';
import type { Person } from '../person.ts';
import { startInProcess } from './in-process.ts';

/** In all names of the other tenant, so that none of them goes unnoticed. */
export const MARK = 'zanzibar';

type Things = Record<Exclude<IdKind, 'own' | 'host'>, string> & {
  session: string;
  draft: string;
  upload: string;
  signIn: string;
  apiKey: string;
  passkey: string;
  message: string;
  /** The other tenant's head asks to see the pupil's screen. */
  look: string;
};

export type TwoTenants = {
  world: World;
  origin: string;
  ca: string;
  nobody: Person;
  /** Another browser, in which nobody is signed in. */
  browser: () => Person;
  /** Who set it up: administrator of the first tenant, and operator. */
  founder: Person;
  /** One of the first tenant with this role alone. */
  of: (role: Role | 'person') => Person;
  /** Administrator, helpdesk and all others of the other tenant but operator. */
  other: Person;
  /** A person of the other tenant without roles, to whom its pool is given. */
  otherPerson: Person;
  /** Real things of the other tenant. */
  theirs: Things;
  close: () => Promise<void>;
};

const ROLES: readonly (Role | 'person')[] = [
  'person',
  'helpdesk',
  'poolManager',
  'administrator',
  'auditor',
  'operator',
];

/** A server in this process, two tenants that have everything, and people of every role. */
export async function makeTwoTenants(): Promise<TwoTenants> {
  const { world, folder, origin, control, browser, close } = await startInProcess();
  const ca = await readFile(join(folder, 'tls', 'ca.crt'), 'utf8');
  const accountOf = (name: string) => ({ name, email: `${name}@example.org`, password: 'a long enough one' });

  const founder = browser();
  const first = accountOf('founder');
  await founder.api.setup.complete({ token: await makeSetupLink(control), ...first });
  await founder.signIn(first);
  const byRole = new Map<string, Person>();
  for (const role of ROLES) {
    const account = accountOf(role);
    await founder.api.users.create({ ...account, roles: role === 'person' ? [] : [role] });
    const person = browser();
    await person.signIn(account);
    byRole.set(role, person);
  }

  const tenant = await founder.api.tenants.create({ name: `The ${MARK} school` });
  const make = async (name: string, roles: readonly Role[]): Promise<{ person: Person; id: string }> => {
    const answer = await founder.request('/api/users', {
      method: 'POST',
      headers: { 'content-type': 'application/json', [TENANT_HEADER]: tenant.id },
      body: JSON.stringify({ ...accountOf(name), roles }),
    });
    const { id } = (await answer.json()) as { id: string };
    const person = browser();
    await person.signIn(accountOf(name));
    return { person, id };
  };
  const other = await make(`${MARK}-head`, ['administrator', 'helpdesk', 'poolManager', 'auditor']);
  const otherPerson = await make(`${MARK}-pupil`, []);
  const theirs = await furnish(world, tenant.id, other, otherPerson);
  return {
    world,
    origin,
    ca,
    nobody: browser(),
    browser,
    founder,
    of: (role) => byRole.get(role) as Person,
    other: other.person,
    otherPerson: otherPerson.person,
    theirs,
    close,
  };
}

/** Makes one of everything that a tenant can have. */
async function furnish(
  { db, hostId, templateId, imageVersionId }: World,
  tenantId: string,
  head: { person: Person; id: string },
  pupil: { person: Person; id: string },
): Promise<Things> {
  const insert = async (table: 'image' | 'image_version' | 'machine' | 'machine_failure', values: object) => {
    const row = await db
      .insertInto(table)
      .values(values as never)
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  };
  const image = await insert('image', {
    tenant_id: tenantId,
    name: MARK,
    title: `${MARK} image`,
    recipe: null,
  });
  const version = (number: number, more: object): Promise<string> =>
    insert('image_version', { image_id: image, version: number, source: 'import', ...more });
  const imageVersion = await version(1, { phase: 'ready', current: true, path: '/nowhere' });
  const draft = await version(2, { phase: 'authoring', source: 'draft', base_version_id: imageVersion });
  await db
    .insertInto('draft')
    .values({ version_id: draft, host_id: hostId, cpus: 1, memory_mib: 512, mac_address: 'd' })
    .execute();
  const upload = await version(3, {
    phase: 'uploading',
    upload: JSON.stringify({ fileName: MARK, bytes: 1024, sha256: null, kind: 'disk', diskGib: null }),
  });
  await db
    .insertInto('image_program')
    .values({ image_version_id: imageVersion, program: `${MARK}.desktop`, name: MARK })
    .execute();
  const { api } = head.person;
  const pool = await api.pools.create({
    name: MARK,
    title: `${MARK} pool`,
    image: MARK,
    kind: 'persistent',
    cpus: 1,
    memoryMib: 512,
    readyCount: 0,
  });
  await db.updateTable('pool').set({ serves_version_id: imageVersion }).where('id', '=', pool.id).execute();
  const machine = await insert('machine', {
    tenant_id: tenantId,
    pool_id: pool.id,
    host_id: hostId,
    template_id: templateId,
    image_version_id: imageVersionId,
    name: `${MARK}-1`,
    mac_address: MARK,
    phase: 'ready',
    principal_id: pupil.id,
    painted_at: new Date(),
  });
  const failure = await insert('machine_failure', {
    tenant_id: tenantId,
    pool_id: pool.id,
    machine_id: machine,
    machine: `${MARK}-0`,
    was_ready: true,
    reason: MARK,
    picture: Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
  });
  const application = await api.applications.create({
    name: MARK,
    poolId: pool.id,
    program: `${MARK}.desktop`,
  });
  const group = await api.groups.create({ name: `${MARK} group` });
  await api.groups.addMember({ id: group.id, personId: pupil.id });
  const entitlement = await api.entitlements.add({ poolId: pool.id, principalId: pupil.id });
  const given = await api.applications.entitle({ id: application.id, principalId: group.id });
  const quota = await api.quotas.set({ principalId: group.id, limits: { sessions: 99 } });
  const session = await pupil.person.api.desktops.open({ id: pool.id });
  const look = await api.looks.ask({ id: session.id });
  await pupil.person.api.looks.answer({ id: look.id, allow: true });
  const message = await api.users.sendMessage({ id: pupil.id, text: `${MARK} calls` });
  const { id: apiKey } = await pupil.person.api.apiKeys.create({ name: MARK, scope: 'all', days: 1 });
  const [signIn] = await pupil.person.api.signIns.list();
  const passkey = await db
    .insertInto('passkey')
    .values({
      principal_id: pupil.id,
      name: MARK,
      credential_id: MARK,
      public_key: Buffer.from('k'),
      rp_id: 'localhost',
      counter: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const directory = await db
    .insertInto('directory')
    .values({
      tenant_id: tenantId,
      name: MARK.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
      kind: 'ldap',
      title: MARK,
      settings: JSON.stringify({
        kind: 'ldap',
        servers: [{ host: '127.0.0.1', port: 1389 }],
        security: 'none',
        bindDn: 'cn=x',
        base: 'dc=x',
      }),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return {
    tenant: tenantId,
    directory: directory.id,
    application: application.id,
    applicationEntitlement: given.id,
    entitlement: entitlement.id,
    failure,
    group: group.id,
    image,
    imageVersion,
    imageVersionUsed: imageVersion,
    machine,
    person: pupil.id,
    pool: pool.id,
    principal: group.id,
    quota: quota.id,
    session: session.id,
    task: imageVersion,
    draft,
    upload,
    signIn: signIn?.id ?? '',
    apiKey,
    passkey: passkey.id,
    look: look.id,
    message: message.id,
  };
}
