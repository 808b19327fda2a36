import { once } from 'node:events';
import { TENANT_HEADER } from '@orangery/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Person } from '../person.ts';
import { makeTwoTenants, MARK, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
beforeAll(async () => {
  two = await makeTwoTenants();
});
afterAll(() => two.close());

/** A call about the other tenant, as its operator sees it. */
async function inOther(caller: Person, method: string, path: string, body?: object) {
  const answer = await caller.request(`/api${path}`, {
    method,
    headers: { 'content-type': 'application/json', [TENANT_HEADER]: two.theirs.tenant },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const account = (name: string) => ({ name, email: `${name}@example.org`, password: 'a long enough one' });

describe('roles', () => {
  it('are told to who has them, with what they may and where', async () => {
    expect(await two.of('helpdesk').api.me.show()).toMatchObject({
      roles: ['helpdesk'],
      tenant: { name: 'default' },
      atHome: true,
      rights: expect.arrayContaining(['sessions.help', 'machines.screen']) as unknown,
    });
    const { body } = await inOther(two.founder, 'GET', '/me');
    expect(body).toMatchObject({ atHome: false, tenant: { id: two.theirs.tenant } });
    expect(body['rights']).not.toContain('machines.screen');
    expect(body['rights']).toContain('people.change');
  });

  it('are given by administrators of the tenant, and that of operators by operators', async () => {
    const administrator = two.of('administrator').api;
    const { id } = await administrator.users.create({ ...account('eve'), roles: ['auditor'] });
    expect(await administrator.users.setRoles({ id, roles: ['poolManager', 'helpdesk'] })).toMatchObject({
      roles: ['helpdesk', 'poolManager'],
    });
    const wanted = { code: 'FORBIDDEN', message: expect.stringContaining('operator') as string };
    await expect(administrator.users.setRoles({ id, roles: ['operator'] })).rejects.toMatchObject(wanted);
    await expect(
      administrator.users.create({ ...account('mallory'), roles: ['operator'] }),
    ).rejects.toMatchObject(wanted);
    // The account was not made before that was found.
    await administrator.users.create(account('mallory'));
    const [event] = (await administrator.audit.list({ search: 'user.setRoles' })).items;
    expect(event).toMatchObject({
      why: 'administrator',
      detail: { before: ['auditor'], after: ['helpdesk', 'poolManager'] },
    });
    await administrator.users.delete({ id });
    expect((await administrator.users.list({ search: 'eve' })).items).toEqual([]);
    await expect(administrator.users.delete({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keep helpdesk from the accounts of who may more', async () => {
    const helpdesk = two.of('helpdesk').api;
    const people = (await helpdesk.users.list({})).items;
    const idOf = (name: string): string => people.find((each) => each.name === name)?.id ?? '';
    for (const name of ['administrator', 'founder', 'auditor']) {
      await expect(helpdesk.users.signOut({ id: idOf(name) })).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await expect(helpdesk.users.removeSecondFactor({ id: idOf(name) })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    await expect(two.of('administrator').api.users.delete({ id: idOf('founder') })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const { id } = await two.of('administrator').api.users.create(account('pupil'));
    expect(await helpdesk.users.signOut({ id })).toEqual({ ended: 0 });
  });

  it('let helpdesk end a session, by that right', async () => {
    const owner = two.of('person');
    const { id: principalId } = await owner.api.me.show();
    await two.of('poolManager').api.entitlements.add({ poolId: two.world.poolId, principalId });
    const { id } = await owner.api.desktops.open({ id: two.world.poolId });
    const { api: auditor } = two.of('auditor');
    const seenAlone = { code: 'FORBIDDEN', message: expect.stringContaining('may not touch') as string };
    for (const touch of [auditor.sessions.end, auditor.sessions.restart, auditor.sessions.picture])
      await expect(touch({ id })).rejects.toMatchObject(seenAlone);
    const refused = (await auditor.audit.list({ search: id })).items.filter(
      ({ outcome }) => outcome === 'refused',
    );
    expect(refused.map(({ action }) => action)).toEqual([
      'session.picture',
      'session.restart',
      'session.end',
    ]);
    expect((await two.of('auditor').api.sessions.list({})).items.map((each) => each.id)).toEqual([id]);
    await two.of('helpdesk').api.sessions.end({ id });
    const [event] = (await two.of('auditor').api.audit.list({ search: 'session.end' })).items;
    expect(event).toMatchObject({ actor: 'helpdesk', why: 'helpdesk', subjectId: id });
  });

  it('let operators alone put machines on the hosts’ own networks', async () => {
    const pool = {
      name: 'wired',
      title: 'Wired',
      image: 'small',
      kind: 'pooled',
      cpus: 1,
      memoryMib: 512,
    } as const;
    const network = { kind: 'bridge', bridge: 'br0' } as const;
    await expect(two.of('poolManager').api.pools.create({ ...pool, network })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const { id } = await two.of('poolManager').api.pools.create(pool);
    await expect(two.of('administrator').api.pools.update({ id, network })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const wired = await two.founder.api.pools.update({ id, network });
    expect(wired).toMatchObject({ network });
    // What is set may be sent again, and nothing else of its kind.
    const same = { id, network: wired.network, title: 'Wired rooms' };
    expect(await two.of('poolManager').api.pools.update(same)).toMatchObject({
      title: 'Wired rooms',
      network,
    });
    await expect(
      two.of('poolManager').api.pools.update({ id, network: { ...wired.network, vlan: 5 } }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await two.founder.api.pools.delete({ id });
  });
});

describe('images', () => {
  it('of the installation are used by all and changed by operators', async () => {
    const { imageVersionId } = two.world;
    const seen = await two.other.api.images.list();
    expect(
      seen.map(({ name, shared }) => `${name} ${shared}`).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['small true', `${MARK} false`]);
    const notes = { id: imageVersionId, notes: 'mine' };
    await expect(two.other.api.images.updateVersion(notes)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(two.of('poolManager').api.images.updateVersion(notes)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await two.of('operator').api.images.updateVersion(notes);
  });

  it('of one name are each tenant’s own, and pools get their tenant’s', async () => {
    const { id } = await two.other.api.imports.begin({
      name: 'small',
      fileName: 'x.raw',
      bytes: 512,
      notes: '',
    });
    const small = (await two.other.api.images.list()).filter(({ name }) => name === 'small');
    expect(small.map(({ shared, versions }) => [shared, versions.length])).toEqual(
      expect.arrayContaining([
        [true, 1],
        [false, 1],
      ]),
    );
    expect((await two.founder.api.images.list()).filter(({ name }) => name === 'small')).toHaveLength(1);
    const pool = await two.other.api.pools.create({
      name: 'own',
      title: 'Own',
      image: 'small',
      kind: 'pooled',
      cpus: 1,
      memoryMib: 512,
    });
    const row = await two.world.db
      .selectFrom('pool')
      .innerJoin('image', 'image.id', 'pool.image_id')
      .select('image.tenant_id')
      .where('pool.id', '=', pool.id)
      .executeTakeFirstOrThrow();
    expect(row.tenant_id).toBe(two.theirs.tenant);
    await two.other.api.pools.delete({ id: pool.id });
    await two.other.api.images.deleteVersion({ id }).catch(() => {});
  });
});

describe('quotas', () => {
  it('of the tenant are for operators, those within it for administrators, who both see them', async () => {
    const { principal } = two.theirs;
    await expect(two.other.api.quotas.set({ scope: 'tenant', limits: {} })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const whole = await inOther(two.of('operator'), 'PUT', '/quotas', {
      scope: 'tenant',
      limits: { sessions: 1 },
    });
    expect(whole).toMatchObject({ status: 200, body: { scope: 'tenant', used: { sessions: 1 } } });
    const id = String(whole.body['id']);
    await expect(two.other.api.quotas.remove({ id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(two.other.api.quotas.set({ limits: {} })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(
      two.other.api.quotas.set({ principalId: principal, scope: 'each', limits: {} }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await two.other.api.quotas.list()).toMatchObject([{ scope: 'tenant' }, { scope: 'group' }]);
    const [tenant] = (await two.founder.api.tenants.list()).filter((each) => each.id === two.theirs.tenant);
    expect(tenant).toMatchObject({ limits: { sessions: 1 }, used: { sessions: 1, machines: 1 } });

    const refused = two.other.api.desktops.open({ id: two.theirs.pool });
    await expect(refused).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      status: 409,
      message: expect.stringContaining('An operator of this Orangery can allow more') as string,
    });
    expect(await two.otherPerson.api.me.quotas()).toMatchObject([
      { scope: 'tenant', limits: { sessions: 1 }, used: { sessions: 1 } },
      { scope: 'group', name: `${MARK} group`, used: { sessions: 1 } },
    ]);
    await inOther(two.of('operator'), 'DELETE', `/quotas/${id}`);
    const session = await two.other.api.desktops.open({ id: two.theirs.pool });
    await two.other.api.sessions.end({ id: session.id });
  });
});

describe('the audit log', () => {
  it('is the tenant’s that an event is about; the installation’s is for operators', async () => {
    const operator = two.of('operator');
    const made = await inOther(operator, 'POST', '/users', account('guest'));
    expect(made.status).toBe(200);
    const told = async (person: Person, search: string) =>
      (await person.api.audit.list({ search })).items.map(
        ({ actor, action, why }) => `${actor} ${action} ${why}`,
      );
    expect(await told(two.other, String(made.body['id']))).toEqual(['operator user.create operator']);
    expect(await told(two.of('auditor'), String(made.body['id']))).toEqual([]);
    await operator.api.mail.remove();
    expect(await told(two.of('auditor'), 'mail.remove')).toEqual([]);
    expect(await told(operator, 'mail.remove')).toEqual(['operator mail.remove operator']);
    expect((await inOther(operator, 'GET', '/audit?search=mail.remove')).body).toMatchObject({ items: [] });
  });
});

describe('a suspended tenant', () => {
  it('lets nobody in and tells why, until it goes on', async () => {
    const operator = two.of('operator').api;
    const { tenant } = two.theirs;
    const { key } = await two.otherPerson.api.apiKeys.create({ name: 'robot', scope: 'all', days: 1 });
    await operator.tenants.suspend({ id: tenant, reason: 'unpaid' });
    await expect(two.otherPerson.api.desktops.list()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    const again = new Person(two.origin, two.ca);
    await again.signIn(account(`${MARK}-pupil`));
    const told = {
      code: 'FORBIDDEN',
      message: `The ${MARK} school is suspended: unpaid. Ask who runs this Orangery.`,
    };
    const calls = [
      () => again.api.me.show(),
      () => again.api.desktops.list(),
      () => again.api.desktops.open({ id: two.theirs.pool }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(told);
    const robot = await two.nobody.request('/api/desktops', { headers: { authorization: `Bearer ${key}` } });
    expect([robot.status, (await robot.text()).includes('unpaid')]).toEqual([403, true]);
    const socket = new WebSocket(`${two.origin.replace('https', 'wss')}/gateway`, {
      ca: two.ca,
      headers: { origin: two.origin, cookie: again.cookie },
    });
    socket.on('error', () => {});
    const [, upgrade] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(upgrade.statusCode).toBe(403);
    socket.terminate();

    const { id: home } = (await operator.me.show()).tenant;
    await expect(operator.tenants.suspend({ id: home })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(operator.tenants.delete({ id: tenant })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('1 pool') as string,
    });
    await operator.tenants.resume({ id: tenant });
    expect(await again.api.desktops.list()).toHaveLength(1);
    await again.close();
    const { rows } = await sql<{ action: string; tenant_id: string | null }>`
      select action, tenant_id from audit_event where action like 'tenant.%' order by id`.execute(
      two.world.db,
    );
    expect(rows).toEqual(
      ['create', 'suspend', 'resume'].map((verb) => ({ action: `tenant.${verb}`, tenant_id: null })),
    );
  });
});
