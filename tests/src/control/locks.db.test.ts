import { Locks } from '@orangery/control';
import { connectSingle } from '@orangery/database';
import { systemClock } from '@orangery/std';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let connections: pg.Client[];
let servers: readonly [Locks, Locks];

beforeEach(async () => {
  world = await makeWorld();
  connections = [await connectSingle(world.url), await connectSingle(world.url)];
  for (const connection of connections) connection.on('error', () => {});
  const locksOf = (index: number): Locks => {
    const connection = connections[index]!;
    return new Locks(() => Promise.resolve(connection), systemClock);
  };
  servers = [locksOf(0), locksOf(1)];
});
afterEach(async () => {
  for (const connection of connections) await connection.end().catch(() => {});
  await world.close();
});

describe('a lock', () => {
  it('lets one of two servers in, and the other once the first has left', async () => {
    const work = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const first = servers[0].tryWith('a', () => {
      entered.resolve();
      return work.promise;
    });
    await entered.promise;
    expect(await servers[1].tryWith('a', () => Promise.resolve('in'))).toBeUndefined();
    expect(await servers[0].tryWith('a', () => Promise.resolve('in'))).toBeUndefined();
    expect(await servers[1].tryWith('b', () => Promise.resolve('in'))).toEqual({ value: 'in' });
    work.resolve();
    await first;
    expect(await servers[1].tryWith('a', () => Promise.resolve('in'))).toEqual({ value: 'in' });
  });

  it('never has two holders, whoever waits for it', async () => {
    let inside = 0;
    let most = 0;
    let done = 0;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        servers[index % 2]!.with('a', never(), async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
          done += 1;
        }),
      ),
    );
    expect({ most, done }).toEqual({ most: 1, done: 20 });
  });

  it('is let go of when its work throws', async () => {
    await expect(servers[0].tryWith('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await servers[1].tryWith('a', () => Promise.resolve('in'))).toEqual({ value: 'in' });
  });

  it('is let go of with its connection, so that a dead server holds nothing up', async () => {
    const entered = Promise.withResolvers<void>();
    const work = Promise.withResolvers<void>();
    const first = servers[0].tryWith('a', () => {
      entered.resolve();
      return work.promise;
    });
    await entered.promise;
    // What the kernel does with a process that was killed.
    (
      connections[0] as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
    await servers[1].with('a', AbortSignal.timeout(10_000), () => Promise.resolve());
    // Its own process still keeps others of its turns out until the work has ended.
    expect(await servers[0].tryWith('a', () => Promise.resolve('in'))).toBeUndefined();
    work.resolve();
    await first;
  });

  it('is no longer waited for once the waiter is told to stop', async () => {
    const work = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const first = servers[0].tryWith('a', () => {
      held.resolve();
      return work.promise;
    });
    await held.promise;
    const controller = new AbortController();
    const second = servers[1].with('a', controller.signal, () => Promise.resolve());
    controller.abort(new Error('the server stops'));
    await expect(second).rejects.toThrow('the server stops');
    work.resolve();
    await first;
  });

  it('is taken by turns of one process in the order they came, also when one of them gives up', async () => {
    const work = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const first = servers[0].tryWith('a', () => {
      held.resolve();
      return work.promise;
    });
    await held.promise;
    const order: number[] = [];
    const impatient = new AbortController();
    const gaveUp = servers[0].with('a', impatient.signal, () => Promise.resolve(order.push(0)));
    const others = [1, 2, 3].map((turn) =>
      servers[0].with('a', never(), async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(turn);
      }),
    );
    impatient.abort(new Error('the server stops'));
    work.resolve();
    await expect(gaveUp).rejects.toThrow('the server stops');
    await Promise.all([first, ...others]);
    expect(order).toEqual([1, 2, 3]);
  });
});
