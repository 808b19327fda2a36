import { apiErrors, IDEMPOTENCY_HEADER, PROBLEM_TYPE } from '@orangery/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administrator, type House, openHouse } from '../people/house.ts';
import type { Person } from '../person.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

async function send(
  who: Person,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; type: string | null; body: Record<string, unknown> }> {
  const answer = await who.request(path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const type = answer.headers.get('content-type');
  return { status: answer.status, type, body: (await answer.json()) as Record<string, unknown> };
}

describe('an answer that is no success', () => {
  const some = '00000000-0000-4000-8000-000000000000';
  const wrong: [string, string, string, unknown, number, string][] = [
    ['of an operation', 'GET', `/api/groups/${some}`, undefined, 404, 'NOT_FOUND'],
    ['of a path that is none', 'GET', '/api/no-such-thing', undefined, 404, 'NOT_FOUND'],
    ['of a page that is none', 'GET', '/no-such.json', undefined, 404, 'NOT_FOUND'],
    ['of an input that fits no schema', 'POST', '/api/groups', { name: '' }, 400, 'BAD_REQUEST'],
    ['of a cursor that is none', 'GET', '/api/machines?cursor=x', undefined, 400, 'BAD_REQUEST'],
    ['of a page too large', 'GET', '/api/machines?limit=501', undefined, 400, 'BAD_REQUEST'],
    ['of an upload', 'PUT', `/api/images/uploads/${some}/content?offset=0`, {}, 404, 'NOT_FOUND'],
    ['of an address that cannot be read', 'GET', '/api/%zz', undefined, 400, 'BAD_REQUEST'],
  ];
  it.each(wrong)('%s is a problem', async (_what, method, path, body, status, code) => {
    const answer = await send(house.admin, method, path, body);
    expect(answer.type).toContain(PROBLEM_TYPE);
    expect(answer).toMatchObject({ status, body: { status, code, type: `/api/problems/${code}` } });
    expect(answer.body['detail']).toEqual(expect.any(String));
    const { body: meaning } = await send(house.admin, 'GET', String(answer.body['type']));
    expect(meaning).toEqual({ code, status, title: answer.body['title'] });
  });

  it('points at what is wrong in an input', async () => {
    const { body } = await send(house.admin, 'POST', '/api/groups', { name: '' });
    expect(body['errors']).toEqual([{ pointer: '#/name', detail: expect.any(String) as string }]);
    expect(body['detail']).toContain('name');
    await expect(house.admin.api.groups.create({ name: '' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('has its code explained among all others', async () => {
    const answer = await house.admin.request('/api/problems');
    const codes = ((await answer.json()) as { code: string }[]).map(({ code }) => code);
    expect(codes).toEqual(Object.keys(apiErrors));
  });

  it('of nobody, and of another site, is one as well', async () => {
    const nobody = await house.browser();
    expect(await send(nobody, 'GET', '/api/groups')).toMatchObject({ body: { code: 'UNAUTHORIZED' } });
    const foreign = { origin: 'https://elsewhere.example' };
    const refused = await send(house.admin, 'POST', '/api/groups', { name: 'x' }, foreign);
    expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(refused.type).toContain(PROBLEM_TYPE);
  });
});

describe('a creation with an idempotency key', () => {
  const create = (who: Person, path: string, body: object, key: string) =>
    send(who, 'POST', path, body, { [IDEMPOTENCY_HEADER]: key });
  const eventsOf = async (action: string): Promise<number> =>
    (await house.admin.api.audit.list({ search: action })).items.filter((event) => event.action === action)
      .length;

  it('is made once, and told once to the audit log', async () => {
    const first = await create(house.admin, '/api/groups', { name: 'Sales' }, 'k-1');
    expect(first.status).toBe(200);
    expect(await create(house.admin, '/api/groups', { name: 'Sales' }, 'k-1')).toEqual(first);
    expect((await house.admin.api.groups.list({ search: 'Sales' })).items).toHaveLength(1);
    expect(await eventsOf('group.create')).toBe(1);
    const other = await create(house.admin, '/api/groups', { name: 'Marketing' }, 'k-1');
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect((await house.admin.api.groups.list({ search: 'Marketing' })).items).toEqual([]);
  });

  it('is made by one of many at the same moment', async () => {
    const person = { name: 'Ada', email: 'ada@orangery.test', password: 'a long enough one' };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => create(house.admin, '/api/users', person, 'k-2')),
    );
    const made = answers.filter(({ status }) => status === 200);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ body }) => body['id'])).size).toBe(1);
    for (const { status, body } of answers)
      if (status !== 200) expect(body).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_BUSY' });
    expect(await create(house.admin, '/api/users', person, 'k-2')).toEqual(made[0]);
    expect(await create(house.admin, '/api/users', person, 'k-3')).toMatchObject({
      body: { code: 'CONFLICT' },
    });
  });

  it('answers a secret again that nobody finds in the database', async () => {
    const key = { name: 'backup', scope: 'read', days: 1 };
    const first = await create(house.admin, '/api/api-keys', key, 'k-4');
    expect(first.status).toBe(200);
    expect(await create(house.admin, '/api/api-keys', key, 'k-4')).toEqual(first);
    const { rows } = await sql<{ sealed: Buffer }>`select answer_sealed as sealed from kept_answer`.execute(
      house.world.db,
    );
    const secret = String(first.body['key']);
    expect(secret).toMatch(/^orangery_/);
    expect(rows.every(({ sealed }) => !sealed.toString('latin1').includes(secret))).toBe(true);
  });

  it('is refused under a key that is none, and asked anew who may', async () => {
    const bad = await create(house.admin, '/api/groups', { name: 'Spaces' }, 'two words');
    expect(bad).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    const leaver = await house.browser();
    await leaver.signIn({ email: administrator.email, password: administrator.password });
    await create(leaver, '/api/groups', { name: 'Leaver' }, 'k-5');
    await leaver.api.signIn.out();
    expect(await create(leaver, '/api/groups', { name: 'Leaver' }, 'k-5')).toMatchObject({ status: 401 });
  });
});
