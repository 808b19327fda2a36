import { ManualClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection } from './connection.ts';
import type { LibvirtError } from './errors.ts';
import { programs } from './procedures/procedure.ts';
import { procedures } from './procedures/table.ts';
import { FakeDaemon, settled } from './testing/fake-daemon.ts';
import { encodeMessage, messageTypes, serverError, statuses } from './wire/message.ts';

const { connectGetHostname: hostname, qemuDomainAgentCommand: agent } = procedures;
const dom = { name: 'a', uuid: '00000000-0000-4000-8000-000000000001', id: 1 };
const agentArgs = { dom, cmd: '{}', timeout: 5 };
const keepalive = (procedure: number): Buffer =>
  encodeMessage({ program: programs.keepalive, procedure, type: messageTypes.event, serial: 0, status: 0 });

let clock: ManualClock;
let daemon: FakeDaemon;
let connection: Connection;
let ended: LibvirtError[];

function open(options: { pieceBytes?: number } = {}): void {
  clock = new ManualClock();
  ended = [];
  daemon = new FakeDaemon(options);
  connection = new Connection(
    daemon.socket,
    clock,
    { intervalMs: 5000, unansweredMax: 2 },
    {
      event() {},
      ended: (error) => ended.push(error),
    },
  );
}

const call = (options = {}): Promise<{ hostname: string }> =>
  connection.call('hostname', hostname, {}, options);
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: LibvirtError) => error.code,
  );

beforeEach(() => open());
afterEach(async () => {
  await daemon.hangUp();
  expect(clock.pending, 'timers that are left').toBe(0);
  expect(daemon.socket.destroyed).toBe(true);
});

describe('calls', () => {
  test('are answered by serial, in any order, though each byte comes alone', async () => {
    open({ pieceBytes: 1 });
    const replies = [call(), call()];
    const [first, second] = await daemon.messages();
    await daemon.reply(second!, (writer) => hostname.result.write(writer, { hostname: 'two' }));
    await daemon.reply(first!, (writer) => hostname.result.write(writer, { hostname: 'one' }));
    expect(await Promise.all(replies)).toEqual([{ hostname: 'one' }, { hostname: 'two' }]);
  });

  test('fail with the daemon’s error, by name and number', async () => {
    const reply = expect(call()).rejects.toMatchObject({
      code: 'libvirt.noDomain',
      number: 42,
      domain: 'qemu',
    });
    const [message] = await daemon.messages();
    const error = { number: 42, domain: 10, message: 'no such domain', level: 2, int1: 0, int2: 0 };
    await daemon.reply(message!, (writer) => serverError.write(writer, error), statuses.error);
    await reply;
  });

  test('wait when four are in flight, and go out as answers come', async () => {
    const replies = [1, 2, 3, 4, 5, 6].map(() => codeOf(call()));
    expect((await daemon.messages()).length).toBe(4);
    await daemon.reply(daemon.received[0]!, (writer) => hostname.result.write(writer, { hostname: 'h' }));
    expect(daemon.received.length).toBe(5);
    await daemon.hangUp();
    const lost = Array.from({ length: 5 }, () => 'libvirt.disconnected');
    expect(await Promise.all(replies)).toEqual(['resolved', ...lost]);
  });

  test('that are long leave one place to short ones', async () => {
    const long = [1, 2, 3, 4].map(() => codeOf(connection.call('agent', agent, agentArgs)));
    const short = codeOf(call());
    expect((await daemon.messages()).map(({ procedure }) => procedure)).toEqual([3, 3, 3, hostname.number]);
    await daemon.hangUp();
    expect(await Promise.all([...long, short])).toEqual(
      Array.from({ length: 5 }, () => 'libvirt.disconnected'),
    );
  });

  test('that time out keep their place until the daemon answers, and the late answer is dropped', async () => {
    const late = codeOf(call({ timeoutMs: 100 }));
    const others = [1, 2, 3, 4].map(() => codeOf(call()));
    await clock.advance(100);
    expect(await late).toBe('libvirt.timeout');
    expect((await daemon.messages()).length).toBe(4);
    await daemon.reply(daemon.received[0]!, (writer) => hostname.result.write(writer, { hostname: 'late' }));
    expect(daemon.received.length).toBe(5);
    await daemon.hangUp();
    await Promise.all(others);
  });

  test('that are called off while they wait are never sent', async () => {
    const blockers = [1, 2, 3, 4].map(() => codeOf(call()));
    const controller = new AbortController();
    const waiting = codeOf(call({ signal: controller.signal }));
    controller.abort();
    expect(await waiting).toBe('libvirt.aborted');
    for (const message of await daemon.messages()) {
      await daemon.reply(message, (writer) => hostname.result.write(writer, { hostname: 'h' }));
    }
    expect(await Promise.all(blockers)).toEqual(Array.from({ length: 4 }, () => 'resolved'));
    expect(daemon.received.length).toBe(4);
  });

  test('with arguments that cannot be sent are refused and leave nothing behind', async () => {
    expect(await codeOf(connection.call('agent', agent, { ...agentArgs, cmd: 'a\0b' }))).toBe(
      'libvirt.badArgument',
    );
    expect(await daemon.messages()).toEqual([]);
  });

  test('beyond the queue’s bound are refused at once', async () => {
    const all = Array.from({ length: 4 + 4096 }, () => codeOf(call()));
    expect(await codeOf(call())).toBe('libvirt.queueFull');
    await daemon.hangUp();
    await Promise.all(all);
  });

  test('beyond the bytes that may wait are refused, and room comes back as they are called off', async () => {
    const controller = new AbortController();
    const cmd = 'x'.repeat(4_000_000);
    const args = { dom, cmd, timeout: 5 };
    const { signal } = controller;
    const all = Array.from({ length: 3 + 17 }, () =>
      codeOf(connection.call('agent', agent, args, { signal })),
    );
    expect(await codeOf(call())).toBe('libvirt.queueFull');
    controller.abort();
    expect(new Set(await Promise.all(all))).toEqual(new Set(['libvirt.aborted']));
    const last = codeOf(call());
    await daemon.hangUp();
    expect(await last).toBe('libvirt.disconnected');
  });

  test('whose answer makes no sense fail alone', async () => {
    const reply = codeOf(call());
    const [message] = await daemon.messages();
    await daemon.reply(message!, (writer) => writer.uint(99));
    expect(await reply).toBe('libvirt.protocol');
    expect(connection.ended).toBeUndefined();
  });
});

describe('the connection', () => {
  test('tells everybody when it is lost, and refuses what comes later', async () => {
    const reply = codeOf(call());
    await daemon.hangUp();
    expect(await reply).toBe('libvirt.disconnected');
    expect(await codeOf(call())).toBe('libvirt.disconnected');
    expect(ended.length).toBe(1);
  });

  test('ends when what comes is no message', async () => {
    const reply = codeOf(call());
    await daemon.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await reply).toBe('libvirt.protocol');
  });

  test('answers keepalives before calls that wait', async () => {
    const replies = [1, 2, 3, 4, 5].map(() => codeOf(call()));
    await daemon.send(keepalive(1));
    expect(daemon.received.at(-1)).toMatchObject({
      program: programs.keepalive,
      procedure: 2,
      type: messageTypes.event,
    });
    expect(daemon.received.length).toBe(5);
    await daemon.hangUp();
    await Promise.all(replies);
  });

  test('asks a silent daemon whether it lives, and gives it up', async () => {
    connection.startKeepalive();
    await clock.advance(5000);
    await settled();
    expect(daemon.received.at(-1)).toMatchObject({ program: programs.keepalive, procedure: 1 });
    await daemon.send(keepalive(2));
    await clock.advance(10_000);
    expect(ended).toEqual([]);
    await clock.advance(5000);
    expect(ended[0]?.message).toContain('silent');
  });
});
