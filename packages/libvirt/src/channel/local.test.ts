import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalChannel } from './local.ts';

/** Listens with room for one, and accepts nobody until it is told to. */
const BUSY = `
  const { readSync, writeSync } = require('node:fs');
  const server = require('node:net').createServer();
  server.listen({ path: process.argv[1], backlog: 1 }, () => {
    writeSync(1, 'listens');
    readSync(0, Buffer.alloc(1));
  });
`;
const VIEWERS = 8;

let folder: string;
let peer: ChildProcess;
let path: string;
const channel = new LocalChannel();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-local-'));
  path = join(folder, 'display.sock');
  peer = spawn(process.execPath, ['-e', BUSY, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(peer.stdout!, 'data');
});
afterEach(async () => {
  await channel.close();
  peer.kill();
  await rm(folder, { recursive: true });
});

describe('a socket whose queue is full', () => {
  it('is dialled again until it has taken everybody', async () => {
    const dials = Array.from({ length: VIEWERS }, () => channel.dialUnix(path));
    // All have asked by the time that anybody may come in.
    setImmediate(() => peer.stdin?.end());
    const sockets = await Promise.all(dials);
    expect(sockets).toHaveLength(VIEWERS);
  });

  it('is given up with the reason, and at once when nobody waits any more', async () => {
    const dials = await Promise.allSettled(Array.from({ length: VIEWERS }, () => channel.dialUnix(path)));
    const reasons = dials.filter((dial) => dial.status === 'rejected').map((dial) => String(dial.reason));
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toContain('cannot be dialled: connect EAGAIN');
    const nobody = new AbortController();
    const dial = channel.dialUnix(path, nobody.signal);
    nobody.abort(new Error('closed the tab'));
    await expect(dial).rejects.toThrow(/called off/);
  });
});
