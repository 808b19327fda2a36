import { duplexPair } from 'node:stream';
import { encodeKeyEvent } from '@orangery/rfb';
import { afterEach, describe, expect, it } from 'vitest';
import { deliver } from '../deliver.ts';
import { settle, until } from '../testing-ends.ts';
import { ThreadPool } from './pool.ts';

/** A thread that does what a test wants to see survived. */
const program = (hear: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ kind, id, bytes }) => { ${hear} });`,
    )}`,
  );

const pools: ThreadPool[] = [];
const poolOf = (most: number, hear?: string): ThreadPool => {
  const pool = hear === undefined ? new ThreadPool(most) : new ThreadPool(most, program(hear));
  pools.push(pool);
  return pool;
};
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('the threads that draw', () => {
  it('take desktops in turn, and what ends one of them ends only what it has', async () => {
    const threads = poolOf(2, `if (kind === 'console') throw new Error('out of luck');`);
    const desktops = [0, 1, 2, 3].map(() => {
      const [ours, machine] = duplexPair();
      const stream = deliver(ours, { threads });
      const lost = new Promise<Error & { code?: string }>((resolve) => stream.on('error', resolve));
      return { machine, stream, lost };
    });
    expect(threads.loads).toEqual([2, 2]);
    const [first, second, third, fourth] = desktops;
    first?.machine.write('anything');
    for (const each of [first, third]) {
      const error = await each?.lost;
      expect(error?.code).toBe('displayThreadLost');
      expect(error?.message).toContain('out of luck');
    }
    expect(threads.loads).toEqual([2]);
    expect([second?.stream.destroyed, fourth?.stream.destroyed]).toEqual([false, false]);
    // Who comes back finds a new one.
    const again = deliver(duplexPair()[0], { threads });
    expect(threads.loads).toEqual([2, 1]);
    for (const { stream } of desktops) stream.destroy();
    again.destroy();
    await settle();
    expect(threads.loads).toEqual([0, 0]);
  });

  it('hold a console up that says more than they take', async () => {
    const [ours, machine] = duplexPair();
    const stream = deliver(ours, { threads: poolOf(1, '') });
    const chunk = Buffer.alloc(64 * 1024);
    let written = 0;
    for (let idle = 0; idle < 50;) {
      if (machine.writableNeedDrain) {
        idle += 1;
        await settle(1);
        continue;
      }
      idle = 0;
      machine.write(chunk);
      written += chunk.length;
    }
    expect(written).toBeGreaterThan(1024 * 1024);
    expect(written).toBeLessThan(4 * 1024 * 1024);
    stream.destroy();
  });

  it('are not waited for by input, however busy they are', async () => {
    const block = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
    const greet = `parentPort.postMessage({ kind: 'toViewer', id, bytes: new Uint8Array(12), shown: { pictures: 0, rough: false } });`;
    const [ours, machine] = duplexPair();
    const stream = deliver(ours, {
      threads: poolOf(1, `if (kind === 'open') { ${greet} } else { ${block} }`),
    });
    stream.resume();
    let heard = Buffer.alloc(0);
    machine.on('data', (bytes: Buffer) => (heard = Buffer.concat([heard, bytes])));
    const key = encodeKeyEvent(true, 0x61);
    await new Promise((resolve) => stream.once('data', resolve));
    stream.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1]), key]));
    await until(() => heard.includes(key));
    stream.destroy();
  });
});
