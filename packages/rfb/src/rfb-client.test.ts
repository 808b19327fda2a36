import { duplexPair, type Duplex } from 'node:stream';
import { ManualClock } from '@orangery/std';
import { describe, expect, it } from 'vitest';
import { ClientParser } from './client-parser.ts';
import { RfbClient } from './rfb-client.ts';
import {
  encodeExtendedDesktopSize,
  encodeRawRect,
  encodeRectHead,
  encodeUpdateHead,
  SERVER_HANDSHAKE,
} from './server-encode.ts';
import { ENCODING } from './tables.ts';

const STAGES = [
  SERVER_HANDSHAKE.greeting(),
  SERVER_HANDSHAKE.securityTypes(),
  SERVER_HANDSHAKE.securityResult(),
  SERVER_HANDSHAKE.init(8, 4, 'a machine'),
];

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function connected(): Promise<{ client: RfbClient; server: Duplex; said: string[] }> {
  const [near, server] = duplexPair();
  const parser = new ClientParser();
  const said: string[] = [];
  server.on('data', (chunk: Buffer) => {
    parser.push(chunk, (event) => said.push(event.kind === 'message' ? event.message.name : event.kind));
  });
  for (const stage of STAGES) server.write(stage);
  const client = await RfbClient.connect(near, { clock: new ManualClock() });
  return { client, server, said };
}

describe('the RFB client', () => {
  it('shakes hands, asks for pixels and draws them', async () => {
    const { client, server, said } = await connected();
    expect([client.size, client.name]).toEqual([{ width: 8, height: 4 }, 'a machine']);
    const update = client.nextUpdate();
    client.requestUpdate(false);
    client.sendPointer(1, 1);
    client.sendKey(0x61, true, 0x1e);
    const red = Buffer.from([0, 0, 255, 0]);
    server.write(encodeUpdateHead(2));
    server.write(encodeRawRect({ x: 3, y: 2, width: 1, height: 1 }, red));
    server.write(encodeRectHead({ x: 0, y: 0, width: 0, height: 0 }, ENCODING.qemuExtendedKey));
    expect(await update).toEqual({ number: 1, rectangles: 1 });
    expect(client.pixel(3, 2)).toEqual({ red: 255, green: 0, blue: 0 });
    expect(client.pixel(2, 2)).toEqual({ red: 0, green: 0, blue: 0 });
    client.sendKey(0x61, true, 0x1e);
    await settle();
    expect(said).toEqual([
      'version',
      'security',
      'init',
      'setPixelFormat',
      'setEncodings',
      'framebufferUpdateRequest',
      'pointerEvent',
      'keyEvent',
      'qemuExtendedKeyEvent',
    ]);
    client.close();
    expect(await client.closed).toBeUndefined();
  });

  it('skips cursors, and takes updates that end with LastRect', async () => {
    const { client, server } = await connected();
    const update = client.nextUpdate();
    server.write(encodeUpdateHead(0xff_ff));
    server.write(encodeRectHead({ x: 0, y: 0, width: 9, height: 2 }, ENCODING.cursor));
    server.write(Buffer.alloc(9 * 2 * 4 + 2 * 2));
    server.write(encodeRectHead({ x: 0, y: 0, width: 0, height: 0 }, ENCODING.lastRect));
    expect((await update).number).toBe(1);
    client.close();
  });

  it('resizes when the server says so and tells how a wish of its own ended', async () => {
    const { client, server } = await connected();
    expect(await client.setDesktopSize(100, 100)).toEqual({ kind: 'refused', reason: 'notSupported' });
    const say = async (bytes: Buffer): Promise<void> => {
      const update = client.nextUpdate();
      server.write(Buffer.concat([encodeUpdateHead(1), bytes]));
      await update;
    };
    await say(encodeExtendedDesktopSize(16, 16));
    expect(client.size).toEqual({ width: 16, height: 16 });
    const wish = client.setDesktopSize(20, 10);
    await say(encodeExtendedDesktopSize(20, 10, 1, 0));
    expect(await wish).toEqual({ kind: 'done', width: 20, height: 10 });
    const refused = client.setDesktopSize(21, 10);
    await say(encodeExtendedDesktopSize(20, 10, 1, 3));
    expect(await refused).toEqual({ kind: 'refused', reason: 'invalidLayout' });
    expect(await client.setDesktopSize(20_000, 10)).toEqual({ kind: 'refused', reason: 'outOfBounds' });
    client.close();
  });

  it.each([0, 1, 2, 3])('names the stage when a server falls silent after %d steps', async (count) => {
    const clock = new ManualClock();
    const [near, server] = duplexPair();
    for (const stage of STAGES.slice(0, count)) server.write(stage);
    const connecting = RfbClient.connect(near, { clock, connectTimeoutMs: 1000 });
    const refused = expect(connecting).rejects.toMatchObject({
      code: 'deadlineExceeded',
      message: expect.stringContaining(['version', 'security', 'securityResult', 'init'][count] ?? ''),
    });
    await settle();
    await clock.advance(1001);
    await refused;
    expect([near.destroyed, clock.pending]).toEqual([true, 0]);
  });

  it.each([0, 1, 2, 3])('says so when a server ends after %d steps', async (count) => {
    const clock = new ManualClock();
    const [near, server] = duplexPair();
    for (const stage of STAGES.slice(0, count)) server.write(stage);
    server.end();
    await expect(RfbClient.connect(near, { clock })).rejects.toMatchObject({ code: 'rfbConnectionLost' });
    expect([near.destroyed, clock.pending]).toEqual([true, 0]);
  });

  it.each([
    ['no RFB at all', [Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')], 'rfbNotRfb'],
    ['version 3.3', [Buffer.from('RFB 003.003\n')], 'rfbUnsupportedVersion'],
    ['only passwords', [STAGES[0], Buffer.from([1, 2])], 'rfbUnsupportedSecurity'],
    ['a refusal', [STAGES[0], Buffer.from([0, 0, 0, 0, 2, 0x6e, 0x6f])], 'rfbRefused'],
    ['a reason of 4 GiB', [STAGES[0], Buffer.from([0, 255, 255, 255, 255])], 'rfbTooLong'],
    [
      'a frame of 65535 x 65535',
      [...STAGES.slice(0, 3), SERVER_HANDSHAKE.init(65_535, 65_535, '')],
      'rfbTooLong',
    ],
    ['a frame of nothing', [...STAGES.slice(0, 3), SERVER_HANDSHAKE.init(0, 0, '')], 'rfbTooLong'],
  ])('refuses %s', async (_, bytes, code) => {
    const clock = new ManualClock();
    const [near, server] = duplexPair();
    for (const part of bytes) if (part !== undefined) server.write(part);
    await expect(RfbClient.connect(near, { clock })).rejects.toMatchObject({ code });
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['draws outside', encodeRawRect({ x: 7, y: 0, width: 2, height: 1 }, Buffer.alloc(8)), 'rfbMalformed'],
    ['resizes beyond bounds', encodeExtendedDesktopSize(60_000, 60_000), 'rfbTooLong'],
    [
      'uses an encoding nobody asked for',
      encodeRectHead({ x: 0, y: 0, width: 1, height: 1 }, 7),
      'rfbMalformed',
    ],
    ['sends a huge cursor', encodeRectHead({ x: 0, y: 0, width: 9999, height: 9999 }, -239), 'rfbTooLong'],
  ])('ends when the server %s, and every wait rejects', async (_, bytes, code) => {
    const { client, server } = await connected();
    const waiting = expect(client.nextUpdate()).rejects.toMatchObject({ code });
    server.write(Buffer.concat([encodeUpdateHead(1), bytes]));
    await waiting;
    expect((await client.closed)?.code).toBe(code);
    await expect(client.nextUpdate()).rejects.toMatchObject({ code: 'rfbConnectionLost' });
  });

  it('takes a flood of updates that nobody waits for without keeping them', async () => {
    const { client, server } = await connected();
    const frame = Buffer.concat([
      encodeUpdateHead(1),
      encodeRawRect({ x: 0, y: 0, width: 8, height: 4 }, Buffer.alloc(128, 7)),
    ]);
    for (let index = 0; index < 5000; index += 1) {
      if (!server.write(frame)) await new Promise((resolve) => server.once('drain', resolve));
    }
    await settle();
    await settle();
    expect(client.updates).toBe(5000);
    client.close();
  });

  it('gives up on a server that never reads', async () => {
    const [near, server] = duplexPair();
    for (const stage of STAGES) server.write(stage);
    const client = await RfbClient.connect(near, { clock: new ManualClock() });
    for (let index = 0; index < 300_000; index += 1) client.sendPointer(1, 1);
    expect((await client.closed)?.code).toBe('rfbPeerNotReading');
  });
});
