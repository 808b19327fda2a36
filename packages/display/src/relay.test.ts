import { createHash } from 'node:crypto';
import { encodeKeyEvent, encodeSetDesktopSize } from '@orangery/rfb';
import { AgentDecoder, encodeData, encodeMessage, MESSAGE } from '@orangery/vdagent';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RELAY_LIMITS } from './limits.ts';
import { Gateway, type Session, settle, until } from './testing-ends.ts';
import { encodeControl } from './wire.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = new Gateway();
  await gateway.start();
});
afterAll(() => gateway.stop());

const open: Session[] = [];
async function session(options: Parameters<Gateway['session']>[0] = {}): Promise<Session> {
  const one = await gateway.session(options);
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const one of open.splice(0)) {
    one.relay.stop('test', 'the test is over');
    one.browser.resume();
    await one.relay.ended;
    expect(one.console.destroyed).toBe(true);
  }
  await settle();
  await gateway.clock.advance(2001);
  expect(gateway.clock.pending).toBe(0);
});

/** What reached the machine, from now on. */
function received(one: Session): Buffer[] {
  const chunks: Buffer[] = [];
  one.machine.on('data', (chunk: Buffer) => chunks.push(chunk));
  return chunks;
}

describe('a relay', () => {
  it('says opened, then carries the handshake and input unchanged but for the shared flag', async () => {
    const one = await session();
    expect(one.control).toEqual([
      { type: 'opened', session: 'a-session', clipboard: false, resize: true, packed: false },
    ]);
    const chunks = received(one);
    one.shakeHands();
    const keys = Buffer.concat([encodeKeyEvent(true, 1), encodeKeyEvent(false, 1)]);
    one.browser.send(keys.subarray(0, 11));
    one.browser.send(keys.subarray(11));
    await until(() => Buffer.concat(chunks).length === 14 + 16);
    const expected = Buffer.concat([Buffer.from('RFB 003.008\n\u0001\u0001'), keys]);
    expect(Buffer.concat(chunks)).toEqual(expected);
    expect(one.relay.figures().bytesToConsole).toBe(30);
  });

  it('carries 20 MB of picture unchanged, in order', async () => {
    const one = await session();
    const sent = createHash('sha256');
    let bytes = 0;
    for (let index = 0; bytes < 20_000_000; index += 1) {
      const chunk = Buffer.alloc((index * 7919) % 90_000, index);
      sent.update(chunk);
      bytes += chunk.length;
      if (!one.machine.write(chunk)) await new Promise((resolve) => one.machine.once('drain', resolve));
    }
    await until(() => one.picture.reduce((sum, chunk) => sum + chunk.length, 0) === bytes);
    expect(createHash('sha256').update(Buffer.concat(one.picture)).digest()).toEqual(sent.digest());
  });

  it('sends what a console writes in small pieces of one turn as one message', async () => {
    const one = await session();
    for (let index = 0; index < 20; index += 1) one.console.emit('data', Buffer.from([index]));
    await until(() => one.picture.length > 0);
    expect(one.picture).toEqual([Buffer.from(Array.from({ length: 20 }, (_, index) => index))]);
  });

  it('drops cut texts, audio, power keys and sizes out of bounds, and passes what is around them', async () => {
    const one = await session();
    const chunks = received(one);
    one.shakeHands();
    const cutText = Buffer.concat([Buffer.from([6, 0, 0, 0, 0, 0, 0, 5]), Buffer.from('hello')]);
    const dropped = [
      cutText,
      Buffer.from('ff010001', 'hex'),
      Buffer.from([250, 0, 1, 2]),
      encodeSetDesktopSize(60_000, 9),
    ];
    const key = encodeKeyEvent(true, 2);
    const size = encodeSetDesktopSize(800, 600);
    one.browser.send(Buffer.concat([...dropped, key, ...dropped, size]));
    await until(() => Buffer.concat(chunks).length >= 14 + key.length + size.length);
    await settle();
    expect(Buffer.concat(chunks).subarray(14)).toEqual(Buffer.concat([key, size]));
  });

  it('lets who only watches look and not touch', async () => {
    const one = await session({ policy: { input: false, resize: false } });
    const chunks = received(one);
    one.shakeHands();
    const request = Buffer.from([3, 1, 0, 0, 0, 0, 0, 9, 0, 9]);
    one.browser.send(Buffer.concat([encodeKeyEvent(true, 2), encodeSetDesktopSize(800, 600), request]));
    await until(() => Buffer.concat(chunks).length >= 24);
    expect(Buffer.concat(chunks).subarray(14)).toEqual(request);
    one.browser.send(encodeControl({ type: 'resize', width: 800, height: 600 }));
    await until(() => one.notices().includes('resizeRefused'));
  });

  it.each([
    ['a greeting of another protocol', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a password type', Buffer.from('RFB 003.008\n\u0002')],
  ])('ends on %s, and says why', async (_, bytes) => {
    const one = await session();
    one.browser.send(bytes);
    expect((await one.relay.ended).code).toBe('clientMalformed');
    await until(() => one.closeCode !== undefined);
    expect(one.control.at(-1)).toMatchObject({ type: 'closed', code: 'clientMalformed' });
    expect(one.closeCode).toBe(1002);
  });

  it.each([
    'no json',
    '{"type":"nonsense"}',
    '{"type":"resize","width":-1,"height":2}',
    '{"type":"open","ticket":"x"}',
  ])('ends on the control message %s', async (text) => {
    const one = await session();
    one.browser.send(text);
    expect((await one.relay.ended).code).toBe('controlMalformed');
  });

  it('ends on a flood of control messages, and on a message that is too long', async () => {
    const flood = await session();
    for (let at = 0; at <= RELAY_LIMITS.controlMessagesMax; at += 1) {
      flood.browser.send(encodeControl({ type: 'ping', at }));
    }
    expect((await flood.relay.ended).code).toBe('controlFlood');
    const long = await session();
    long.browser.send(Buffer.alloc(3 * 2 ** 20));
    expect((await long.relay.ended).code).toBe('clientFailed');
  });

  it('tells the browser when the console ends, after the last of the picture', async () => {
    const one = await session();
    one.machine.end(Buffer.from('last words'));
    expect((await one.relay.ended).code).toBe('consoleEnded');
    await until(() => one.closeCode !== undefined);
    expect(Buffer.concat(one.picture).toString()).toBe('last words');
    expect(one.control.at(-1)).toMatchObject({ type: 'closed', code: 'consoleEnded' });
  });

  it('tells the browser when the connection to the console fails', async () => {
    const one = await session();
    one.console.destroy(new Error('ECONNRESET'));
    expect(await one.relay.ended).toMatchObject({
      code: 'consoleFailed',
      reason: expect.stringContaining('ECONNRESET'),
    });
  });

  it('lets the console go when the browser leaves, politely or not', async () => {
    for (const leave of ['close', 'terminate'] as const) {
      const one = await session();
      one.browser[leave]();
      expect((await one.relay.ended).code).toBe('clientGone');
    }
  });

  it('stops with a code of the caller', async () => {
    const one = await session();
    one.relay.stop('takenOver', 'you connected from another device');
    expect(await one.relay.ended).toEqual({ code: 'takenOver', reason: 'you connected from another device' });
    await until(() => one.closeCode !== undefined);
    expect(one.control.at(-1)).toMatchObject({ type: 'closed', code: 'takenOver' });
  });

  it('ends with a browser that says it has what it was never sent, or says it twice', async () => {
    for (const said of [[13], [5, 5]]) {
      const one = await gateway.session();
      one.machine.write('RFB 003.008\n');
      await until(() => one.picture.length > 0);
      for (const bytes of said) one.browser.send(encodeControl({ type: 'seen', bytes }));
      expect((await one.relay.ended).code).toBe('controlMalformed');
    }
  });

  it('answers the ping of a browser', async () => {
    const one = await session();
    one.browser.send(encodeControl({ type: 'ping', at: 12.5 }));
    await until(() => one.control.some((message) => message.type === 'pong'));
    expect(one.control.at(-1)).toEqual({ type: 'pong', at: 12.5, pictures: 0, rough: false });
  });

  it('asks the console for a size when there is no agent', async () => {
    const one = await session();
    const chunks = received(one);
    one.shakeHands();
    one.browser.send(encodeControl({ type: 'resize', width: 1024, height: 768, scale: 2 }));
    await until(() => Buffer.concat(chunks).length === 14 + 24);
    expect(Buffer.concat(chunks).subarray(14)).toEqual(encodeSetDesktopSize(1024, 768));
  });

  it('gives a window that is larger than allowed the largest desktop of its shape', async () => {
    const one = await session({ policy: { screenMax: { width: 1920, height: 1080 } } });
    one.shakeHands();
    const chunks = received(one);
    const asked = async (width: number, height: number, wanted: Buffer): Promise<void> => {
      chunks.length = 0;
      one.browser.send(encodeControl({ type: 'resize', width, height }));
      await until(() => Buffer.concat(chunks).length >= wanted.length);
      expect(Buffer.concat(chunks)).toEqual(wanted);
    };
    await until(() => chunks.length > 0);
    await asked(1280, 800, encodeSetDesktopSize(1280, 800));
    await asked(3840, 2160, encodeSetDesktopSize(1920, 1080));
    await asked(3840, 1080, encodeSetDesktopSize(1920, 540));
    // A browser that asks the console itself gets no more either.
    chunks.length = 0;
    one.browser.send(encodeSetDesktopSize(3840, 2160));
    await asked(1000, 2000, encodeSetDesktopSize(536, 1080));
  });

  it('carries the clipboard through the agent, as far as the policy goes', async () => {
    for (const [clipboard, notice] of [
      ['both', undefined],
      ['fromMachine', 'clipboardForbidden'],
    ] as const) {
      const one = await session({ withAgent: true, policy: { clipboard } });
      const heard: number[] = [];
      const decoder = new AgentDecoder();
      one.guest?.on('data', (chunk: Buffer) =>
        decoder.push(chunk, (each) => heard.push('type' in each ? each.type : -1)),
      );
      const capabilities = new Set(['clipboardByDemand', 'clipboardSelection'] as const);
      const announce = { name: 'announceCapabilities' as const, request: false, capabilities };
      one.guest?.write(encodeMessage(MESSAGE.announceCapabilities, encodeData(announce, true)));
      await until(() => one.notices().includes('agentReady'));
      one.browser.send(encodeControl({ type: 'clipboard', text: 'in' }));
      if (notice === undefined) await until(() => heard.includes(MESSAGE.clipboardGrab));
      else await until(() => one.notices().includes(notice));
      const grab = { name: 'clipboardGrab' as const, selection: 0, types: [1] };
      one.guest?.write(encodeMessage(MESSAGE.clipboardGrab, encodeData(grab, true)));
      await until(() => heard.includes(MESSAGE.clipboardRequest));
      const text = { name: 'clipboard' as const, selection: 0, type: 1, data: Buffer.from('out') };
      one.guest?.write(encodeMessage(MESSAGE.clipboard, encodeData(text, true)));
      await until(() => one.control.some((message) => message.type === 'clipboard'));
      expect(one.control.at(-1)).toEqual({ type: 'clipboard', text: 'out' });
    }
  });

  it('goes on without an agent that talks garbage', async () => {
    const one = await session({ withAgent: true });
    for (let sent = 0; sent < 20; sent += 1) one.guest?.write(Buffer.alloc(65_536, 0xcd));
    await until(() => one.notices().includes('agentLost'));
    one.machine.write('still here');
    await until(() => one.picture.length > 0);
    one.browser.send(encodeControl({ type: 'clipboard', text: 'x' }));
    await until(() => one.notices().includes('clipboardUnavailable'));
  });
});
