/* oxlint-disable unicorn/prefer-add-event-listener -- noVNC's raw channel has handlers and no events */
import { describe, expect, it } from 'vitest';
import { encodeControl, type ServerControl } from '../wire.ts';
import { Packer } from '../stream/packer.ts';
import { DisplayChannel } from './display-channel.ts';
import type { WebSocketLike } from './web-socket-like.ts';

class FakeSocket implements WebSocketLike {
  binaryType = 'blob';
  readyState = 0;
  protocol = 'orangery.display.v1';
  bufferedAmount = 0;
  sent: unknown[] = [];
  #listeners = new Map<string, (event: never) => void>();
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }
  emit(type: string, event: unknown = {}): void {
    this.#listeners.get(type)?.(event as never);
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.readyState = 2;
  }
  says(message: ServerControl): void {
    this.emit('message', { data: encodeControl(message) });
  }
}

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;
const text = (data: unknown): string => new TextDecoder().decode(data as ArrayBuffer);

function opened(): { socket: FakeSocket; channel: DisplayChannel; told: ServerControl[] } {
  const socket = new FakeSocket();
  const told: ServerControl[] = [];
  const channel = new DisplayChannel(socket, {
    ticket: 'a-ticket',
    oncontrol: (message) => told.push(message),
  });
  socket.readyState = 1;
  socket.emit('open');
  socket.says({ type: 'opened', session: 's', clipboard: true, resize: true, packed: false });
  return { socket, channel, told };
}

describe('the channel that noVNC is given', () => {
  it('has each member that noVNC looks for, on itself or on its class', () => {
    const channel: object = new DisplayChannel(new FakeSocket(), { ticket: 't' });
    const members = [...Object.keys(channel), ...Object.getOwnPropertyNames(Object.getPrototypeOf(channel))];
    const wanted = [
      'send',
      'close',
      'binaryType',
      'onerror',
      'onmessage',
      'onopen',
      'protocol',
      'readyState',
    ];
    expect(members).toEqual(expect.arrayContaining(wanted));
  });

  it('sends its ticket first, and is open only once the gateway says so', () => {
    const socket = new FakeSocket();
    const channel = new DisplayChannel(socket, { ticket: 'a-ticket' });
    const states = [channel.readyState];
    let opens = 0;
    channel.onopen = () => (opens += 1);
    socket.readyState = 1;
    socket.emit('open');
    channel.send(new Uint8Array([1]));
    states.push(channel.readyState);
    socket.says({ type: 'opened', session: 's', clipboard: true, resize: true, packed: false });
    socket.says({ type: 'opened', session: 's', clipboard: true, resize: true, packed: false });
    states.push(channel.readyState);
    expect([states, opens]).toEqual([['connecting', 'connecting', 'open'], 1]);
    expect(socket.sent).toEqual([encodeControl({ type: 'open', ticket: 'a-ticket' })]);
    expect(socket.binaryType).toBe('arraybuffer');
  });

  it('keeps the picture that comes before anybody listens, in order', async () => {
    const { socket, channel } = opened();
    const heard: string[] = [];
    socket.emit('message', { data: bytes('RFB ') });
    channel.onmessage = (event) => heard.push(text(event.data));
    socket.emit('message', { data: bytes('003.008') });
    await Promise.resolve();
    socket.emit('message', { data: bytes('\n') });
    expect(heard).toEqual(['RFB ', '003.008', '\n']);
  });

  it('gives text to oncontrol, never to noVNC, and ignores what it does not know', () => {
    const { socket, channel, told } = opened();
    channel.onmessage = () => expect.unreachable();
    socket.says({ type: 'clipboard', text: 'copied' });
    socket.emit('message', { data: '{"type":"of a later version"}' });
    socket.emit('message', { data: 'no json' });
    expect(told.map((message) => message.type)).toEqual(['opened', 'clipboard']);
  });

  it('sends clipboard, size and pings as text', () => {
    const { socket, channel } = opened();
    channel.sendClipboard('x');
    channel.sendResize(800, 600, 2);
    channel.sendPing(5);
    expect(socket.sent.slice(1)).toEqual([
      '{"type":"clipboard","text":"x"}',
      '{"type":"resize","width":800,"height":600,"scale":2}',
      '{"type":"ping","at":5}',
    ]);
  });

  it('says how much of what is packed it has seen, after each message', async () => {
    const socket = new FakeSocket();
    const channel = new DisplayChannel(socket, { ticket: 'a-ticket' });
    const heard: string[] = [];
    channel.onmessage = (event) => heard.push(text(event.data));
    socket.readyState = 1;
    socket.says({ type: 'opened', session: 's', clipboard: true, resize: true, packed: true });
    const packer = new Packer();
    const told = 'RFB 003.008\n and what follows it';
    const packed = new Uint8Array(await packer.pack(Buffer.from(told)));
    packer.close();
    socket.emit('message', { data: packed.slice(0, 9).buffer });
    socket.emit('message', { data: packed.slice(9).buffer });
    expect(heard.join('')).toBe(told);
    expect(socket.sent).toEqual([
      '{"type":"seen","bytes":9}',
      JSON.stringify({ type: 'seen', bytes: packed.length }),
    ]);
  });

  it('knows why it was closed, and says so to whoever asks', () => {
    const { socket, channel } = opened();
    let event: unknown;
    channel.onclose = (close) => (event = close);
    socket.says({ type: 'closed', code: 'takenOver', reason: 'on another device' });
    socket.readyState = 3;
    socket.emit('close', { code: 1000 });
    expect([channel.readyState, channel.closedBecause?.code, event]).toEqual([
      'closed',
      'takenOver',
      { code: 1000 },
    ]);
  });

  it('gives up on a viewer that never listens', () => {
    const { socket } = opened();
    for (let index = 0; index < 5; index += 1) socket.emit('message', { data: new ArrayBuffer(2 ** 20) });
    expect(socket.readyState).toBe(2);
  });
});
