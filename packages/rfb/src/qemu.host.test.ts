import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameToPng, isDesktopPainted, paintedness } from './frame.ts';
import { RfbClient } from './rfb-client.ts';

/** QEMU's own VNC server, showing the firmware's text screen: there is no disk to boot. */
let folder: string;
let qemu: ChildProcess;
let path: string;

async function dial(): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-rfb-'));
  path = join(folder, 'console.sock');
  const arguments_ = ['-display', 'none', '-vnc', `unix:${path}`, '-machine', 'q35', '-accel', 'tcg'];
  qemu = spawn(
    'qemu-system-x86_64',
    [...arguments_, '-m', '64', '-qmp', 'stdio', '-vga', 'none', '-device', 'virtio-vga'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  // The socket's file is there before QEMU listens on it; its main loop answers only after it does.
  qemu.stdin?.write('{"execute":"qmp_capabilities"}\n');
  for await (const line of createInterface(qemu.stdout ?? process.stdin)) if (line.includes('return')) break;
});

afterAll(async () => {
  const ended = once(qemu, 'exit');
  qemu.kill();
  await ended;
  await rm(folder, { recursive: true });
});

describe('the RFB client with a real QEMU', () => {
  it('sees the firmware paint its text screen, which is not yet a desktop', async () => {
    const client = await RfbClient.connect(await dial());
    client.requestUpdate(false);
    // Before the firmware sets its mode, QEMU shows a notice of its own at another size. SeaBIOS writes grey on
    // black, 80 x 25 letters of 9 x 16, and ends at "No bootable device."
    do {
      await client.nextUpdate(60_000);
      client.requestUpdate();
    } while (client.size.width !== 720 || paintedness(client.frame).distinctColours < 2);
    expect(client.size).toEqual({ width: 720, height: 400 });
    const found = paintedness(client.frame);
    expect(found.distinctColours).toBeLessThan(17);
    expect(found.blackFraction).toBeGreaterThan(0.5);
    expect(isDesktopPainted(client.frame)).toBe(false);
    const png = await frameToPng(client.frame);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([client.size.width, client.size.height]);
    client.close();
  });

  it('is told that the desktop can be resized, and how a wish for it ended', async () => {
    const client = await RfbClient.connect(await dial());
    // Told in an update of its own, which comes before or after the first with pixels.
    do {
      client.requestUpdate(false);
      await client.nextUpdate();
    } while (!client.resizable);
    // QEMU 7.2 forwards the wish to the guest's graphics card and says no more about it.
    expect(await client.setDesktopSize(1024, 768)).toEqual({ kind: 'forwarded' });
    client.sendKey(0xff_0d, true, 0x1c);
    client.sendKey(0xff_0d, false, 0x1c);
    client.sendPointer(10, 10, 1);
    client.requestUpdate(false);
    // The answer to the wish is an update of its own, without pixels.
    while ((await client.nextUpdate()).rectangles === 0);
    client.close();
  });

  it('lets two hundred viewers come and go', async () => {
    for (let index = 0; index < 200; index += 1) (await RfbClient.connect(await dial())).close();
    const last = await RfbClient.connect(await dial());
    expect(last.size.width).toBeGreaterThan(0);
    last.close();
  });
});
