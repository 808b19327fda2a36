import { spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dialLibvirt, Libvirt, LocalChannel, SshChannel } from '@orangery/libvirt';
import { systemRng } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkNames } from './link.ts';
import { type PretendHost, startPretendHost } from './pretend-host.ts';
import { run } from './run.ts';

/** Names are short, as interfaces carry them. */
const NAME = `t${systemRng.uuid().slice(0, 6)}`;

let parent: string;
let hosts: PretendHost[];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'orangery-lab-'));
  hosts = [];
});

afterEach(async () => {
  for (const host of hosts) await host.stop();
  expect(await remains(NAME)).toEqual([]);
  await rm(parent, { recursive: true, force: true });
});

async function start(name = NAME): Promise<PretendHost> {
  const host = await startPretendHost({ folder: join(parent, name), name });
  hosts.push(host);
  return host;
}

function channelTo({ address, privateKey }: PretendHost, username = address.user): SshChannel {
  const hostKey = { kind: 'known', fingerprints: [address.hostKeySha256] } as const;
  return new SshChannel({ host: address.host, port: address.port, username, privateKey, hostKey });
}

/** What of a pretend host is still on this machine. */
async function remains(name: string): Promise<string[]> {
  const { namespace, bridge, veth } = linkNames(name);
  const interfaces = await run('ip', ['-br', 'link']);
  const found = [bridge, veth].filter((each) => interfaces.includes(each));
  if ((await run('ip', ['netns'])).includes(namespace)) found.push(namespace);
  const folder = join(parent, name);
  const processes = await run('ps', ['axo', 'args']);
  if (processes.includes(folder)) found.push(`a process of ${folder}`);
  if (await there(folder)) found.push(folder);
  return found;
}

function there(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function hostname(channel: SshChannel | LocalChannel): Promise<string> {
  await using client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: 'qemu:///system' });
  return (await client.call('connectGetHostname')).hostname;
}

describe('a pretend host', () => {
  test('is another host than this machine, entered over SSH as an account that may run nothing', async () => {
    const host = await start();
    const channel = channelTo(host);
    try {
      expect(await hostname(channel)).toBe(NAME);
      expect(await hostname(new LocalChannel())).not.toBe(NAME);
      const answer = await channel.exec('id');
      expect(answer.exitCode).not.toBe(0);
      expect(answer.stdout).not.toContain('uid=');
    } finally {
      await channel.close();
    }
  });

  test('lets neither root nor another key in', async () => {
    const host = await start();
    const asRoot = channelTo(host, 'root');
    await expect(asRoot.dialUnix('/run/libvirt/libvirt-sock')).rejects.toMatchObject({
      code: 'libvirt.authentication',
    });
    await asRoot.close();
    const other = join(parent, 'other');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    const stranger = channelTo({ ...host, privateKey: await readFile(other, 'utf8') });
    await expect(stranger.dialUnix('/run/libvirt/libvirt-sock')).rejects.toMatchObject({
      code: 'libvirt.authentication',
    });
    await stranger.close();
  });

  test('two run side by side and reach each other', async () => {
    const name = `${NAME}b`;
    const [first, second] = [await start(), await start(name)];
    expect(first.address.host).not.toBe(second.address.host);
    await first.inside('timeout', '5', 'bash', '-c', `exec 3<>/dev/tcp/${second.address.host}/22`);
    await second.stop();
    expect(await remains(name)).toEqual([]);
  });

  test('a second one of the same name is refused', async () => {
    await start();
    await expect(startPretendHost({ folder: join(parent, 'second'), name: NAME })).rejects.toMatchObject({
      code: 'pretendHostRuns',
    });
  });

  test('loses its processes when it loses power, and comes back as the same host with its files', async () => {
    const host = await start();
    await host.inside('touch', `${host.storagePath}/kept`);
    await host.kill();
    expect(await run('ps', ['axo', 'args'])).not.toContain(join(parent, NAME));
    await expect(connects(host)).resolves.toBe(false);
    await host.startAgain();
    await host.inside('test', '-e', `${host.storagePath}/kept`);
    const channel = channelTo(host);
    expect(await hostname(channel)).toBe(NAME);
    await channel.close();
  });

  test('its libvirt stops and starts again', async () => {
    const host = await start();
    const channel = channelTo(host);
    await host.stopLibvirt();
    await expect(hostname(channel)).rejects.toMatchObject({ code: 'libvirt.unreachable' });
    await host.startLibvirt();
    expect(await hostname(channel)).toBe(NAME);
    await channel.close();
  });

  test('stop may be called again', async () => {
    const host = await start();
    await host.stop();
    await host.stop();
  });

  test('what a killed owner left does not hinder the next start', async () => {
    const folder = join(parent, NAME);
    const script = new URL('testing/start-child.ts', import.meta.url).pathname;
    const owner = spawn(process.execPath, [script, folder, NAME], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      owner.stdout.once('data', resolve);
      owner.once('exit', () => reject(new Error('the owner ended before its host was up')));
    });
    const ended = new Promise((resolve) => owner.once('exit', resolve));
    owner.kill('SIGKILL');
    await ended;
    expect(await remains(NAME)).toContain(linkNames(NAME).bridge);
    const host = await start();
    expect(await run('ip', ['-4', '-br', 'address', 'show', linkNames(NAME).bridge])).toContain('UP');
    const channel = channelTo(host);
    expect(await hostname(channel)).toBe(NAME);
    await channel.close();
  });
});

function connects({ address }: PretendHost): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address.host, port: address.port });
    const settle = (connected: boolean): void => {
      socket.destroy();
      resolve(connected);
    };
    socket.setTimeout(2000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => settle(true));
  });
}
