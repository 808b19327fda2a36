import { type Context, createGroup, once } from '@orangery/control';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
let servers: [Context, Context];
beforeAll(async () => {
  world = await makeWorld();
  servers = [await world.server(), await world.server()];
});
afterAll(() => world.close());

const asked = (key: string, name = key) => ({
  caller: 'operator',
  tenantId: world.tenantId,
  key,
  operation: 'groups.create',
  input: { name },
});
const make =
  (name: string) =>
  async (context: Context): Promise<string> => {
    const made = await createGroup(context, world.tenantId, name);
    if (made.kind !== 'done') throw new Error(`${name} is ${made.kind}`);
    return made.value.id;
  };
const named = async (name: string): Promise<string[]> =>
  (await world.db.selectFrom('principal').select('id').where('name', '=', name).execute()).map(
    ({ id }) => id,
  );

describe('what is asked for under an idempotency key', () => {
  it('is done once, whichever server is asked again', async () => {
    const first = await once(servers[0], asked('once'), make('once'));
    const again = await once(servers[1], asked('once'), () => expect.unreachable('done again'));
    expect(again).toEqual(first);
    expect(first).toEqual({ kind: 'done', answer: (await named('once'))[0] });
  });

  it('is done by one of those who ask at the same moment; the others hear that it is being done', async () => {
    const work = make('together');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, each) => once(servers[each % 2] as Context, asked('together'), work)),
    );
    const [id] = await named('together');
    const told = answers.filter(({ kind }) => kind !== 'busy');
    expect(told.length).toBeGreaterThan(0);
    for (const each of told) expect(each).toEqual({ kind: 'done', answer: id });
    expect(await named('together')).toHaveLength(1);
  });

  it('is another request where its input differs, and the same in whatever order that is written', async () => {
    const { input, ...rest } = asked('other');
    const of = (given: object) => ({ ...rest, input: given });
    await once(servers[0], of({ ...input, more: 1 }), make('other'));
    const other = await once(servers[0], of(input), () => expect.unreachable('done again'));
    expect(other).toEqual({ kind: 'reused' });
    const turned = of({ more: 1, ...input });
    expect(await once(servers[0], turned, () => expect.unreachable('done again'))).toMatchObject({
      kind: 'done',
    });
  });

  it('is nothing to another caller', async () => {
    await once(servers[0], asked('mine'), make('mine'));
    const theirs = { ...asked('mine'), caller: 'somebody else' };
    const answer = await once(servers[0], theirs, () => Promise.resolve('theirs'));
    expect(answer).toEqual({ kind: 'done', answer: 'theirs' });
  });

  it('leaves nothing where the server is killed in the middle, and is done when asked again', async () => {
    const killed = once(servers[0], asked('killed'), async (context) => {
      await make('killed')(context);
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(context.db);
      await sql`select pg_terminate_backend(${rows[0]?.pid ?? 0})`.execute(world.db);
      return make('never')(context);
    });
    await expect(killed).rejects.toThrow(/terminat|connection|ECONNRESET/i);
    expect(await named('killed')).toEqual([]);
    const again = await once(servers[1], asked('killed'), make('killed'));
    expect(again).toEqual({ kind: 'done', answer: (await named('killed'))[0] });
  });

  it('is not kept where it failed, and a part that failed alone leaves the rest', async () => {
    await expect(
      once(servers[0], asked('failed'), async (context) => {
        await make('failed')(context);
        throw new Error('refused');
      }),
    ).rejects.toThrow('refused');
    expect(await named('failed')).toEqual([]);
    await once(servers[0], asked('failed'), async (context) => {
      const half = context.db.transaction().execute(async (trx) => {
        await trx
          .insertInto('principal')
          .values({ tenant_id: world.tenantId, kind: 'group', name: 'half' })
          .execute();
        throw new Error('half');
      });
      await expect(half).rejects.toThrow('half');
      return make('failed')(context);
    });
    expect(await named('half')).toEqual([]);
    expect(await named('failed')).toHaveLength(1);
  });

  it('is forgotten after a day', async () => {
    await once(servers[0], asked('day'), () => Promise.resolve('before'));
    await world.db
      .updateTable('kept_answer')
      .set({ created_at: sql`now() - interval '25 hours'` })
      .execute();
    const after = await once(servers[0], asked('day'), () => Promise.resolve('anew'));
    expect(after).toEqual({ kind: 'done', answer: 'anew' });
    const { count } = await world.db
      .selectFrom('kept_answer')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(count).toBe(1);
  });
});
