import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Libvirt } from '../client.ts';
import { dialLibvirt } from './dial.ts';
import { fingerprintOf, type HostKey, SshChannel } from './ssh.ts';

const run = promisify(execFile);

let folder: string;
let port: number;
let sshd: ChildProcess;
let privateKey: string;
let fingerprint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-sshd-'));
  const file = (name: string): string => join(folder, name);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file('host')]);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file('user')]);
  privateKey = await readFile(file('user'), 'utf8');
  const hostPublic = (await readFile(file('host.pub'), 'utf8')).split(' ')[1]!;
  fingerprint = fingerprintOf(Buffer.from(hostPublic, 'base64'));
  await writeFile(file('authorized'), await readFile(file('user.pub')), { mode: 0o600 });
  port = await freePort();
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('authorized')}`,
    `PidFile ${file('pid')}`,
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'AllowStreamLocalForwarding yes',
  ];
  await writeFile(file('config'), `${config.join('\n')}\n`);
  // Debian's sshd wants this folder of a system that booted; a container has none.
  await mkdir('/run/sshd', { recursive: true });
  sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', file('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    sshd.once('exit', () => reject(new Error('sshd did not start')));
    sshd.stderr?.on('data', (text: Buffer) => text.includes('listening') && resolve());
  });
});

afterAll(async () => {
  const exited = new Promise((resolve) => sshd.once('exit', resolve));
  sshd.kill();
  await exited;
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function channelTo(hostKey: HostKey, to = port): SshChannel {
  const { username } = userInfo();
  return new SshChannel({ host: '127.0.0.1', port: to, username, privateKey, hostKey });
}

describe('a channel over SSH', () => {
  test('carries many sockets of the host over one connection, with calls and streams', async () => {
    const front = await relayTo(port);
    const channel = channelTo({ kind: 'known', fingerprints: ['SHA256:other', fingerprint] }, front.port);
    const clients = await Promise.all(
      [1, 2, 3].map(() => Libvirt.connect({ dial: dialLibvirt(channel), uri: 'test:///default' })),
    );
    const names = await Promise.all(clients.map((client) => client.call('connectGetHostname')));
    expect(new Set(names.map(({ hostname }) => hostname)).size).toBe(1);
    const { dom } = await clients[0]!.call('domainLookupByName', { name: 'test' });
    const { stream } = await clients[0]!.download('domainScreenshot', { dom, screen: 0 });
    let bytes = 0;
    for await (const chunk of stream) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(1000);
    expect(front.accepted()).toBe(1);
    await Promise.all(clients.map((client) => client.close()));
    await channel.close();
    await front.stop();
  });

  test('that is cut tells its clients, which come back over a new connection', async () => {
    const front = await relayTo(port);
    const channel = channelTo({ kind: 'known', fingerprints: [fingerprint] }, front.port);
    const client = await Libvirt.connect({
      dial: dialLibvirt(channel),
      uri: 'test:///default',
      reconnect: { firstMs: 10, maxMs: 50 },
    });
    const back = new Promise<void>((resolve) => client.onReconnected(resolve));
    front.cut();
    await back;
    expect((await client.call('connectGetType')).type).toBe('TEST');
    expect(front.accepted()).toBe(2);
    await client.close();
    await channel.close();
    await front.stop();
  });

  test('refuses a host with another key, whoever asks and however often', async () => {
    const channel = channelTo({ kind: 'known', fingerprints: [`${fingerprint.slice(0, -1)}!`] });
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(channel.dialUnix('/run/libvirt/libvirt-sock')).rejects.toMatchObject({
        code: 'libvirt.hostKey',
        message: expect.stringContaining(fingerprint),
      });
    }
    const dial = dialLibvirt(channel);
    await expect(Libvirt.connect({ dial, uri: 'test:///default' })).rejects.toMatchObject({
      code: 'libvirt.hostKey',
    });
    await channel.close();
  });

  test('asks about an unknown key, and goes on only after a yes', async () => {
    const asked: string[] = [];
    const answering = (yes: boolean): SshChannel =>
      channelTo({
        kind: 'confirm',
        confirm(shown) {
          asked.push(shown);
          return Promise.resolve(yes);
        },
      });
    const refused = answering(false);
    await expect(refused.exec('true')).rejects.toMatchObject({ code: 'libvirt.hostKey' });
    await refused.close();
    const accepted = answering(true);
    expect(await accepted.exec('echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
    await accepted.close();
    expect(asked).toEqual([fingerprint, fingerprint]);
  });

  test('bounds a command’s output and time', async () => {
    const channel = channelTo({ kind: 'known', fingerprints: [fingerprint] });
    const result = await channel.exec('head -c 100000 /dev/zero', { outputBytesMax: 1000 });
    expect(result).toMatchObject({ exitCode: 0, truncated: true });
    expect(result.stdout.length).toBe(1000);
    await expect(channel.exec('sleep 60', { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'libvirt.timeout',
    });
    await channel.close();
    await expect(channel.exec('true')).rejects.toMatchObject({ code: 'libvirt.closed' });
  });

  test('says that a socket is missing, and that a key is not accepted', async () => {
    const channel = channelTo({ kind: 'known', fingerprints: [fingerprint] });
    await expect(channel.dialUnix('/run/no-such-socket')).rejects.toMatchObject({
      code: 'libvirt.unreachable',
    });
    await channel.close();
    const stranger = new SshChannel({
      host: '127.0.0.1',
      port,
      username: userInfo().username,
      password: 'wrong',
      hostKey: { kind: 'known', fingerprints: [fingerprint] },
    });
    await expect(stranger.exec('true')).rejects.toMatchObject({ code: 'libvirt.authentication' });
    await stranger.close();
  });
});

/** A TCP port in front of sshd, whose connections can be counted and cut. */
async function relayTo(
  target: number,
): Promise<{ port: number; accepted(): number; cut(): void; stop(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  const server = net.createServer((near) => {
    accepted += 1;
    const far = net.connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as net.AddressInfo).port,
    accepted: () => accepted,
    cut,
    // Without a cut: a channel that was not closed keeps this waiting, and fails the test.
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
