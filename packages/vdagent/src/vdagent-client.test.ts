import { duplexPair } from 'node:stream';
import { ManualClock } from '@orangery/std';
import { afterEach, describe, expect, it } from 'vitest';
import { CLIPBOARD_TEXT_BYTES_MAX, MESSAGE_TIMEOUT_MS, RESYNC_BYTES_MAX } from './limits.ts';
import { encodeMessage, type SpokenMessage } from './messages.ts';
import { type Capability, CLIPBOARD_TYPE, MESSAGE } from './tables.ts';
import { DEBIAN, Guest } from './testing-guest.ts';
import { VdagentClient } from './vdagent-client.ts';

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

const open: VdagentClient[] = [];
let clock: ManualClock;

function start() {
  clock = new ManualClock();
  const [near, far] = duplexPair();
  const told: unknown[] = [];
  const client = new VdagentClient(near, {
    clock,
    clipboard: (text) => told.push({ text }),
    ready: () => told.push('ready'),
    refused: (reason) => told.push(reason),
    closed: (error) => told.push({ closed: error?.code }),
  });
  open.push(client);
  return { client, guest: new Guest(far), told, near };
}

async function ready(capabilities = DEBIAN) {
  const all = start();
  all.guest.selections = capabilities.has('clipboardSelection');
  all.guest.announce(false, capabilities);
  await settle();
  all.guest.heard = [];
  all.told.length = 0;
  return all;
}

afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await settle();
  await clock.advance(1001);
  expect(clock.pending).toBe(0);
});

const utf8 = (text: string): SpokenMessage => ({
  name: 'clipboard',
  selection: 0,
  type: CLIPBOARD_TYPE.utf8Text,
  data: Buffer.from(text),
});
const grab: SpokenMessage = { name: 'clipboardGrab', selection: 0, types: [CLIPBOARD_TYPE.utf8Text] };

describe('the client of a guest agent', () => {
  it('speaks first, with a request, since a daemon whose client came back stays silent', async () => {
    const { guest } = start();
    await settle();
    expect(guest.heard).toMatchObject([
      { name: 'announceCapabilities', request: true },
      { name: 'maxClipboard', bytes: CLIPBOARD_TEXT_BYTES_MAX },
    ]);
  });

  it('offers text, and hands it over when the guest pastes', async () => {
    const { client, guest } = await ready();
    expect(client.setClipboard('grüße\n')).toEqual({ kind: 'offered' });
    await settle();
    expect(guest.last()).toMatchObject(grab);
    guest.say({ name: 'clipboardRequest', selection: 0, type: CLIPBOARD_TYPE.utf8Text });
    await settle();
    expect(guest.last()).toMatchObject(utf8('grüße\n'));
  });

  it('keeps text until an agent is there', async () => {
    const { client, guest, told } = start();
    expect(client.setClipboard('early')).toEqual({ kind: 'waiting' });
    expect(client.setMonitors([{ width: 800, height: 600, x: 0, y: 0, depth: 32 }])).toEqual({
      kind: 'waiting',
    });
    guest.announce(true);
    await settle();
    expect(guest.names()).toEqual([
      'announceCapabilities',
      'maxClipboard',
      'announceCapabilities',
      'maxClipboard',
      'clipboardGrab',
      'monitorsConfig',
    ]);
    expect(told).toEqual(['ready']);
  });

  it('fetches what the guest copies, one question at a time', async () => {
    const { guest, told } = await ready();
    for (let index = 0; index < 50; index += 1) guest.say(grab);
    await settle();
    expect(guest.names()).toEqual(['clipboardRequest']);
    guest.say(utf8('first'));
    await settle();
    expect(guest.names()).toEqual(['clipboardRequest']);
    guest.say(utf8('second\r\nline'));
    await settle();
    expect([guest.names(), told]).toEqual([[], [{ text: 'first' }, { text: 'second\nline' }]]);
  });

  it('ignores text that it did not ask for, and the primary selection', async () => {
    const { guest, told } = await ready();
    guest.say(utf8('pushed'));
    guest.say({ ...grab, selection: 1 });
    await settle();
    expect([guest.names(), told]).toEqual([[], []]);
  });

  it('answers a paste of what it does not have, so that the program does not hang', async () => {
    const { guest } = await ready();
    guest.say({ name: 'clipboardRequest', selection: 0, type: 2 });
    await settle();
    expect(guest.last()).toMatchObject({ name: 'clipboard', type: CLIPBOARD_TYPE.none });
  });

  it('asks again after a program in the guest never answered', async () => {
    const { guest, told } = await ready();
    guest.say(grab);
    await settle();
    await clock.advance(5001);
    guest.heard = [];
    guest.say(grab);
    await settle();
    expect(guest.names()).toEqual(['clipboardRequest']);
    guest.say(utf8('now'));
    await settle();
    expect(told).toEqual([{ text: 'now' }]);
  });

  it('refuses text over the limit in both directions', async () => {
    const { client, guest, told } = await ready();
    const bytes = CLIPBOARD_TEXT_BYTES_MAX + 1;
    expect(client.setClipboard('x'.repeat(bytes))).toEqual({
      kind: 'tooLarge',
      bytes,
      bytesMax: CLIPBOARD_TEXT_BYTES_MAX,
    });
    guest.say(grab);
    guest.say(utf8('y'.repeat(CLIPBOARD_TEXT_BYTES_MAX + 5000)));
    await settle();
    expect(told).toEqual([{ kind: 'tooLarge', bytesMax: CLIPBOARD_TEXT_BYTES_MAX }]);
  });

  it('carries a whole MiB, in chunks that the daemon takes', async () => {
    const { client, guest } = await ready();
    const text = 'z'.repeat(CLIPBOARD_TEXT_BYTES_MAX);
    client.setClipboard(text);
    guest.say({ name: 'clipboardRequest', selection: 0, type: 1 });
    for (let turn = 0; turn < 50; turn += 1) await settle();
    expect(guest.last()).toMatchObject({ name: 'clipboard', data: Buffer.from(text) });
  });

  it('leaves the selection out for an agent without that capability, and speaks CRLF to Windows', async () => {
    const { client, guest } = await ready(new Set<Capability>(['clipboardByDemand', 'guestLineEndCrlf']));
    client.setClipboard('a\nb');
    guest.say({ name: 'clipboardRequest', selection: 0, type: 1 });
    await settle();
    expect(guest.heard).toMatchObject([grab, utf8('a\r\nb')]);
    expect(client.setMonitors([{ width: 800, height: 600, x: 0, y: 0, depth: 32 }])).toEqual({
      kind: 'notSupported',
    });
  });

  it.each([
    ['none', []],
    ['of no width', [{ width: 0, height: 600, x: 0, y: 0, depth: 32 }]],
    ['of a fraction', [{ width: 1.5, height: 600, x: 0, y: 0, depth: 32 }]],
    ['seventeen', Array.from({ length: 17 }, () => ({ width: 8, height: 8, x: 0, y: 0, depth: 32 }))],
  ])('refuses monitors that are out of bounds: %s', async (_, monitors) => {
    expect((await ready()).client.setMonitors(monitors)).toEqual({ kind: 'outOfBounds' });
  });

  it('offers again after the agent was restarted in the middle of a message', async () => {
    const { client, guest, told } = await ready();
    client.setClipboard('kept');
    guest.wire.write(encodeMessage(MESSAGE.clipboard, Buffer.alloc(5000), 1, 2 ** 31).subarray(0, 100));
    guest.announce(true);
    await settle();
    await clock.advance(MESSAGE_TIMEOUT_MS + 1);
    guest.heard = [];
    guest.announce(false);
    await settle();
    expect([told, guest.names()]).toEqual([
      ['ready'],
      ['announceCapabilities', 'maxClipboard', 'clipboardGrab'],
    ]);
  });

  it('finds the next message after garbage', async () => {
    const { guest, told } = await ready();
    guest.wire.write(Buffer.alloc(300, 0xab));
    guest.announce(false);
    await settle();
    expect(told).toEqual(['ready']);
    expect(guest.names()).toEqual(['announceCapabilities', 'maxClipboard']);
  });

  it('ends with a coded error when nothing but garbage comes', async () => {
    const { guest, told } = await ready();
    for (let sent = 0; sent <= RESYNC_BYTES_MAX + 65_536; sent += 65_536) {
      guest.wire.write(Buffer.alloc(65_536, 0xee));
      await settle();
    }
    expect(told).toEqual([{ closed: 'vdagentGarbage' }]);
  });

  it('ends when the guest does not read', async () => {
    const { client, told, near } = await ready();
    near.cork();
    for (let index = 0; index < 100_000; index += 1) client.setClipboard(`${index}`);
    expect(told).toEqual([{ closed: 'vdagentNotReading' }]);
    expect(client.setClipboard('late')).toEqual({ kind: 'closed' });
  });

  it('says goodbye, so that the guest lets go of the clipboard', async () => {
    const { client, guest, told } = await ready();
    client.close();
    await settle();
    expect([guest.names(), told]).toEqual([['clientDisconnected'], [{ closed: undefined }]]);
  });

  it('tells when the channel is lost', async () => {
    const { guest, told } = await ready();
    guest.wire.destroy();
    guest.wire.end();
    await settle();
    expect(told).toEqual([{ closed: 'vdagentConnectionLost' }]);
  });
});
