import { describe, expect, it } from 'vitest';
import {
  encodeKeyEvent,
  encodeSetDesktopSize,
  encodeSetEncodings,
  encodeUpdateRequest,
} from './client-encode.ts';
import { type ClientEvent, ClientParser } from './client-parser.ts';
import { CUT_TEXT_BYTES_MAX } from './limits.ts';

const HANDSHAKE = Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1])]);

function cutText(length: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(6, 0);
  head.writeInt32BE(length, 4);
  return Buffer.concat([head, body]);
}

function parse(bytes: Buffer, start: 'version' | 'messages' = 'messages', step = bytes.length) {
  const parser = new ClientParser(start);
  const events: ClientEvent[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    parser.push(bytes.subarray(at, at + step), (event) => {
      events.push({ ...event, bytes: Buffer.from(event.bytes) });
    });
  }
  return { parser, events, refusal: parser.push(Buffer.alloc(0), () => {}) };
}

const names = (events: ClientEvent[]): string[] =>
  events.map((event) => (event.kind === 'message' ? event.message.name : event.kind));

describe('the parser of what a client says', () => {
  it('walks the handshake and then tells each message, also byte by byte', () => {
    const bytes = Buffer.concat([
      HANDSHAKE,
      encodeSetEncodings([0, -223]),
      encodeUpdateRequest(true, { x: 1, y: 2, width: 3, height: 4 }),
      encodeKeyEvent(true, 0x61),
      encodeSetDesktopSize(1024, 768),
      Buffer.from('ff010001', 'hex'),
    ]);
    for (const step of [1, 3, bytes.length]) {
      const { events, refusal } = parse(bytes, 'version', step);
      expect(refusal).toBeUndefined();
      expect(names(events)).toEqual([
        'version',
        'security',
        'init',
        'setEncodings',
        'framebufferUpdateRequest',
        'keyEvent',
        'setDesktopSize',
        'qemuAudio',
      ]);
      expect(Buffer.concat(events.map((event) => event.bytes))).toEqual(bytes);
    }
  });

  it('decodes a resize with its screens', () => {
    const [event] = parse(encodeSetDesktopSize(1024, 768)).events;
    expect(event).toMatchObject({
      message: { name: 'setDesktopSize', width: 1024, height: 768, screens: [{ width: 1024, height: 768 }] },
    });
  });

  it('skips the body of a cut text and goes on with the next message', () => {
    const { events, parser } = parse(
      Buffer.concat([cutText(100_000, Buffer.alloc(100_000, 0xff)), encodeKeyEvent(false, 0x62)]),
      'messages',
      1000,
    );
    expect(names(events)).toEqual(['clientCutText', 'keyEvent']);
    expect(parser.pendingBytes).toBe(0);
  });

  it('takes the negative length of an extended cut text as its magnitude', () => {
    const { events } = parse(Buffer.concat([cutText(-8, Buffer.alloc(8)), encodeKeyEvent(true, 1)]));
    expect(events[0]).toMatchObject({ message: { name: 'clientCutText', extended: true, length: 8 } });
    expect(names(events)).toEqual(['clientCutText', 'keyEvent']);
  });

  it.each([
    ['a cut text over the limit', cutText(CUT_TEXT_BYTES_MAX + 1, Buffer.alloc(0)), 'rfbTooLong'],
    ['the smallest length there is', cutText(-(2 ** 31), Buffer.alloc(0)), 'rfbTooLong'],
    ['an extended cut text without flags', cutText(-3, Buffer.alloc(3)), 'rfbMalformed'],
    ['65,535 encodings', Buffer.from([2, 0, 0xff, 0xff]), 'rfbTooLong'],
    ['255 screens', Buffer.from([251, 0, 4, 0, 3, 0, 255, 0]), 'rfbTooLong'],
    ['a fence of 65 bytes', Buffer.from([248, 0, 0, 0, 0, 0, 0, 0, 65]), 'rfbTooLong'],
    ['7 bits per pixel', Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.alloc(15)]), 'rfbMalformed'],
    ['a message type nobody knows', Buffer.from([77]), 'rfbUnknownMessage'],
    ['a QEMU sub-type nobody knows', Buffer.from([255, 9, 0, 0]), 'rfbUnknownMessage'],
    ['a QEMU audio operation nobody knows', Buffer.from([255, 1, 0, 3]), 'rfbUnknownMessage'],
  ])('refuses %s before waiting for it', (_, bytes, code) => {
    const { refusal, parser } = parse(bytes);
    expect(refusal?.code).toBe(code);
    expect(parser.pendingBytes).toBe(0);
    expect(parser.push(encodeKeyEvent(true, 1), () => expect.unreachable())?.code).toBe(code);
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), 'rfbUnsupportedVersion'],
    ['RFB 3.3', Buffer.from('RFB 003.003\n'), 'rfbUnsupportedVersion'],
    ['a password', Buffer.concat([HANDSHAKE.subarray(0, 12), Buffer.from([2])]), 'rfbUnsupportedSecurity'],
  ])('refuses %s in the handshake', (_, bytes, code) => {
    expect(parse(bytes, 'version').refusal?.code).toBe(code);
  });
});
