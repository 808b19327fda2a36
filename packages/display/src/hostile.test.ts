import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { encodeKeyEvent } from '@orangery/rfb';
import { AgentDecoder, encodeData, encodeMessage, MESSAGE } from '@orangery/vdagent';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RELAY_LIMITS } from './limits.ts';
import { readOpening, refuse } from './opening.ts';
import { Gateway, settle, until } from './testing-ends.ts';
import { relay } from './relay.ts';
import { encodeControl } from './wire.ts';

/** Sixty of them are far more than the kernel's buffers take. */
const TEXT_BYTES = 512 * 1024;
const COPIES = 60;

let gateway: Gateway;
beforeAll(async () => {
  gateway = new Gateway();
  await gateway.start();
});
afterAll(() => gateway.stop());
afterEach(() => expect(gateway.clock.pending).toBe(0));

describe('a hostile guest', () => {
  it('that copies without end fills no memory for a browser that reads nothing, and costs it its line', async () => {
    const { ws, browser } = await gateway.pair();
    const [console] = duplexPair();
    const [agent, guest] = duplexPair();
    const opening = readOpening(ws, gateway.clock, 5000);
    browser.send(encodeControl({ type: 'open', ticket: 'a-ticket' }));
    await opening;
    let asked = 0;
    const decoder = new AgentDecoder();
    guest.on('data', (chunk: Buffer) =>
      decoder.push(chunk, (each) => {
        if ('type' in each && each.type === MESSAGE.clipboardRequest) asked += 1;
      }),
    );
    const running = relay({ ws, console, agent, session: 'a-session', clock: gateway.clock });
    const capabilities = new Set(['clipboardByDemand', 'clipboardSelection'] as const);
    const announce = { name: 'announceCapabilities' as const, request: false, capabilities };
    guest.write(encodeMessage(MESSAGE.announceCapabilities, encodeData(announce, true)));
    browser.pause();
    const grab = { name: 'clipboardGrab' as const, selection: 0, types: [1] };
    const text = { name: 'clipboard' as const, selection: 0, type: 1, data: Buffer.alloc(TEXT_BYTES, 'x') };
    let mostBytes = 0;
    for (let copied = 1; copied <= COPIES; copied += 1) {
      guest.write(encodeMessage(MESSAGE.clipboardGrab, encodeData(grab, true)));
      await until(() => asked === copied);
      guest.write(encodeMessage(MESSAGE.clipboard, encodeData(text, true)));
      await settle(10);
      mostBytes = Math.max(mostBytes, ws.bufferedAmount);
    }
    // One text may go beyond the mark.
    expect(mostBytes).toBeGreaterThan(RELAY_LIMITS.backlogHighBytes);
    expect(mostBytes).toBeLessThan(RELAY_LIMITS.backlogHighBytes + 2 * TEXT_BYTES);
    // It says all the time that it is there.
    for (let ticks = 0; ticks * RELAY_LIMITS.tickMs <= RELAY_LIMITS.controlStallMs + 9_000; ticks += 1) {
      browser.send(encodeControl({ type: 'ping', at: 1 }));
      await settle(20);
      await gateway.clock.advance(RELAY_LIMITS.tickMs);
    }
    expect((await running.ended).code).toBe('clientStalled');
    browser.terminate();
  });
});

describe('a hostile browser', () => {
  it('that never reads holds a bounded backlog, stops the console, and is let go', async () => {
    const one = await gateway.session();
    one.browser.pause();
    let written = 0;
    const chunk = Buffer.alloc(65_536, 1);
    // The kernel's buffers fill first; then the console is no longer read and its writer waits.
    for (let idle = 0; idle < 200;) {
      if (one.machine.writableNeedDrain) {
        idle += 1;
        await settle(1);
        continue;
      }
      one.machine.write(chunk);
      written += chunk.length;
      idle = 0;
      if (written % (16 * chunk.length) === 0) await settle(1);
    }
    const passed = one.relay.figures().bytesToBrowser;
    expect(written - passed).toBeLessThan(1_000_000);
    await gateway.clock.advance(RELAY_LIMITS.clientStallMs + 2 * RELAY_LIMITS.tickMs);
    expect((await one.relay.ended).code).toBe('clientStalled');
    one.browser.terminate();
  });

  it('that vanished is noticed within 15 s', async () => {
    const one = await gateway.session();
    // Its pongs no longer arrive, and nothing says that it is gone.
    one.browser.pause();
    const began = gateway.clock.now();
    let endedAfterMs = 0;
    void one.relay.ended.then(() => (endedAfterMs = gateway.clock.now() - began));
    await gateway.clock.advance(15_000);
    expect((await one.relay.ended).code).toBe('clientSilent');
    expect(endedAfterMs).toBeLessThanOrEqual(15_000);
    one.browser.terminate();
  });

  it('that answers pings is kept, however long it does nothing', async () => {
    const one = await gateway.session();
    for (let tick = 0; tick < 30; tick += 1) {
      const ping = once(one.browser, 'ping');
      await gateway.clock.advance(RELAY_LIMITS.tickMs);
      await ping;
      await settle(20);
    }
    one.machine.write('alive');
    await until(() => one.picture.length > 0);
    one.browser.close();
    expect((await one.relay.ended).code).toBe('clientGone');
  });

  it.each([
    ['says nothing', [], 'silent'],
    ['sends binary', [Buffer.from('RFB 003.008\n')], 'malformed'],
    ['sends another message', [encodeControl({ type: 'ping', at: 1 })], 'malformed'],
    ['sends an endless ticket', [encodeControl({ type: 'open', ticket: 'x'.repeat(3000) })], 'malformed'],
    ['leaves', 'close', 'gone'],
  ])('that %s gets no session', async (_, messages, code) => {
    const { browser, ws } = await gateway.pair();
    const opening = readOpening(ws, gateway.clock, 5000);
    if (messages === 'close') browser.terminate();
    else for (const message of messages) browser.send(message);
    if (code === 'silent') await gateway.clock.advance(5001);
    expect(await opening).toMatchObject({ kind: 'refused', code });
    browser.terminate();
  });

  it('that speaks before it was let in is refused', async () => {
    const { browser, ws } = await gateway.pair();
    const opening = readOpening(ws, gateway.clock, 5000);
    browser.send(encodeControl({ type: 'open', ticket: 'good' }));
    expect(await opening).toEqual({ kind: 'open', ticket: 'good' });
    browser.send(encodeKeyEvent(true, 1));
    const [code] = (await once(browser, 'close')) as [number];
    expect(code).toBe(1008);
  });

  it('without a good ticket is told so', async () => {
    const { browser, ws } = await gateway.pair();
    const opening = readOpening(ws, gateway.clock, 5000);
    browser.send(encodeControl({ type: 'open', ticket: 'bad' }));
    await opening;
    const told = once(browser, 'message');
    refuse(ws, 'ticketRefused', 'this ticket was used before');
    expect(JSON.parse(String((await told)[0]))).toMatchObject({ type: 'closed', code: 'ticketRefused' });
    await once(browser, 'close');
  });

  it('that comes and goes 2,000 times leaves nothing behind', async () => {
    const handles = (): number => process.getActiveResourcesInfo().length;
    const round = async (): Promise<void> => {
      const one = await gateway.session({ withAgent: true });
      one.shakeHands();
      one.browser.terminate();
      await one.relay.ended;
      await gateway.clock.advance(1001);
      expect([one.console.destroyed, one.guest?.listenerCount('data')]).toEqual([true, 0]);
    };
    for (let index = 0; index < 50; index += 1) await round();
    await settle(50);
    const before = handles();
    for (let index = 0; index < 2000; index += 1) await round();
    await settle(50);
    expect(handles()).toBeLessThanOrEqual(before + 2);
    expect(gateway.clock.pending).toBe(0);
  }, 120_000);
});

describe('a hostile console', () => {
  it('that takes no input stops the browser from being read, and is let go', async () => {
    const one = await gateway.session();
    one.shakeHands();
    const keys = Buffer.concat(Array.from({ length: 5000 }, (_, index) => encodeKeyEvent(true, index)));
    for (let index = 0; index < 20; index += 1) one.browser.send(keys);
    await until(() => one.console.writableNeedDrain);
    await settle(50);
    expect(one.console.writableLength).toBeLessThan(1_000_000);
    await gateway.clock.advance(RELAY_LIMITS.consoleStallMs + 2 * RELAY_LIMITS.tickMs);
    expect((await one.relay.ended).code).toBe('consoleStalled');
    one.browser.terminate();
  });

  it('that reads again after a while is written to again', async () => {
    const one = await gateway.session();
    one.shakeHands();
    const keys = Buffer.concat(Array.from({ length: 5000 }, (_, index) => encodeKeyEvent(true, index)));
    for (let index = 0; index < 20; index += 1) one.browser.send(keys);
    await until(() => one.console.writableNeedDrain);
    let bytes = 0;
    one.machine.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await until(() => bytes === 14 + 20 * keys.length);
    one.relay.stop('test', 'the test is over');
    await one.relay.ended;
  });

  it('that floods reaches the browser as it is: what it means is the viewer’s to bound', async () => {
    const one = await gateway.session();
    for (let index = 0; index < 300; index += 1) {
      if (!one.machine.write(Buffer.alloc(65_536, 0xff))) await once(one.machine, 'drain');
    }
    await until(() => one.picture.reduce((sum, chunk) => sum + chunk.length, 0) === 300 * 65_536);
    one.browser.close();
    await one.relay.ended;
  });
});
