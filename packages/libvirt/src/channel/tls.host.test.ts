import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Libvirt } from '../client.ts';
import { dialTls, LIBVIRT_SOCKETS, type TlsOptions } from './dial.ts';

const run = promisify(execFile);

type Identity = { cert: string; key: string };

let folder: string;
let ca: Identity;
let client: Identity;
let strangersCa: Identity;
let server: tls.Server;
let port: number;

/** Makes a certificate: its own authority when `issuer` is left out. */
async function identity(name: string, issuer?: string): Promise<Identity> {
  const file = (suffix: string): string => join(folder, `${name}.${suffix}`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('key')];
  const signed =
    issuer === undefined
      ? []
      : ['-CA', join(folder, `${issuer}.crt`), '-CAkey', join(folder, `${issuer}.key`)];
  const names =
    issuer === undefined
      ? []
      : ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE'];
  await run('openssl', [
    'req',
    '-x509',
    ...key,
    ...signed,
    ...names,
    '-subj',
    `/CN=${name}`,
    '-days',
    '1',
    '-out',
    file('crt'),
  ]);
  return { cert: await readFile(file('crt'), 'utf8'), key: await readFile(file('key'), 'utf8') };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-tls-'));
  await writeFile(join(folder, 'README'), 'certificates of a test');
  ca = await identity('ca');
  strangersCa = await identity('strangers-ca');
  client = await identity('client', 'ca');
  const daemon = await identity('daemon', 'ca');
  // What libvirtd does on its TLS port: check the certificate, say 1 or hang up, then speak as on its socket.
  server = tls.createServer(
    { ...daemon, ca: ca.cert, requestCert: true, rejectUnauthorized: false },
    (socket) => {
      socket.on('error', () => {});
      if (!socket.authorized) {
        socket.destroy();
        return;
      }
      socket.write(Buffer.from([1]));
      const daemon = net.connect(LIBVIRT_SOCKETS[0]);
      daemon.on('error', () => {});
      daemon.on('close', () => socket.destroy());
      socket.on('close', () => daemon.destroy());
      socket.pipe(daemon).pipe(socket);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as net.AddressInfo).port;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const options = (): TlsOptions => ({ host: '127.0.0.1', port, ca: ca.cert, ...client });
const connect = (changes: Partial<TlsOptions> = {}): Promise<Libvirt> =>
  Libvirt.connect({ dial: dialTls({ ...options(), ...changes }), uri: 'test:///default' });

test('calls and streams go over TLS', async () => {
  await using client = await connect();
  expect((await client.call('connectGetType')).type).toBe('TEST');
  const { dom } = await client.call('domainLookupByName', { name: 'test' });
  const { stream } = await client.download('domainScreenshot', { dom, screen: 0 });
  let bytes = 0;
  for await (const chunk of stream) bytes += (chunk as Buffer).length;
  expect(bytes).toBeGreaterThan(1000);
});

test('a daemon of another authority is not trusted', async () => {
  await expect(connect({ ca: strangersCa.cert })).rejects.toMatchObject({ code: 'libvirt.hostKey' });
});

test('a daemon whose certificate names another host is not trusted', async () => {
  await expect(connect({ serverName: 'other.example.org' })).rejects.toMatchObject({
    code: 'libvirt.hostKey',
  });
});

test('a certificate that the daemon does not accept is said so', async () => {
  const stranger = await identity('stranger', 'strangers-ca');
  await expect(connect(stranger)).rejects.toMatchObject({ code: 'libvirt.authentication' });
});
