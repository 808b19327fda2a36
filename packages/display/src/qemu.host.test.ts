/* oxlint-disable unicorn/prefer-add-event-listener -- noVNC's raw channel has handlers and no events */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { paintedness, RfbClient } from '@orangery/rfb';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DisplayChannel } from './browser/display-channel.ts';
import { readOpening } from './opening.ts';
import { relay } from './relay.ts';
import { Gateway } from './testing-ends.ts';

/** The whole way of the picture: QEMU, its console's socket, the relay, a WebSocket, the browser's channel. */
let folder: string;
let path: string;
let qemu: ChildProcess;
let gateway: Gateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-display-'));
  path = join(folder, 'console.sock');
  const machine = ['-machine', 'q35', '-accel', 'tcg', '-m', '64', '-display', 'none', '-qmp', 'stdio'];
  qemu = spawn('qemu-system-x86_64', [...machine, '-vnc', `unix:${path}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // The socket's file is there before QEMU listens on it; its main loop answers only after it does.
  qemu.stdin?.write('{"execute":"qmp_capabilities"}\n');
  for await (const line of createInterface(qemu.stdout ?? process.stdin)) if (line.includes('return')) break;
  gateway = new Gateway();
  await gateway.start();
});

afterAll(async () => {
  await gateway.stop();
  const ended = once(qemu, 'exit');
  qemu.kill();
  await ended;
  await rm(folder, { recursive: true });
});

describe('the relay with a real QEMU', () => {
  it('shows the firmware’s screen to a viewer, and ends the console when the viewer leaves', async () => {
    const { browser, ws } = await gateway.pair();
    const opening = readOpening(ws, gateway.clock, 5000);
    const channel = new DisplayChannel(browser, { ticket: 'a-ticket' });
    const viewer = new Duplex({
      read() {},
      write(chunk: Buffer<ArrayBuffer>, _, done) {
        channel.send(chunk);
        done();
      },
      destroy(error, done) {
        channel.close();
        done(error);
      },
    });
    channel.onmessage = (event) => viewer.push(Buffer.from(event.data as ArrayBuffer));
    expect(await opening).toEqual({ kind: 'open', ticket: 'a-ticket' });
    const console = connect(path);
    await once(console, 'connect');
    const running = relay({ ws, console, session: 'a-session', clock: gateway.clock });
    const client = await RfbClient.connect(viewer);
    client.requestUpdate(false);
    do {
      await client.nextUpdate(60_000);
      client.requestUpdate();
    } while (client.size.width !== 720 || paintedness(client.frame).distinctColours < 2);
    expect(client.size).toEqual({ width: 720, height: 400 });
    expect(running.figures().bytesToBrowser).toBeGreaterThan(100_000);
    client.close();
    expect((await running.ended).code).toBe('clientGone');
    expect(console.destroyed).toBe(true);
  });
});
