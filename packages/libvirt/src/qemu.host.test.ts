import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialLibvirt, LIBVIRT_SOCKETS } from './channel/dial.ts';
import { LocalChannel } from './channel/local.ts';
import { Libvirt } from './client.ts';
import type { StoragePool, Volume } from './procedures/objects.ts';
import { Relay } from './testing/relay.ts';

const MIB = 1024 * 1024;
const name = `orangery-libvirt-test-${randomUUID().slice(0, 8)}`;
const channel = new LocalChannel();

let client: Libvirt;
let relay: Relay;
let folder: string;
let pool: StoragePool;

beforeAll(async () => {
  relay = await Relay.start(LIBVIRT_SOCKETS[0]);
  client = await Libvirt.connect({
    dial: dialLibvirt(channel, [relay.path]),
    uri: 'qemu+ssh://ignored.example/system',
  });
  folder = await mkdtemp('/var/tmp/orangery-libvirt-');
  await chmod(folder, 0o755);
  const xml = `<pool type='dir'><name>${name}</name><target><path>${folder}</path></target></pool>`;
  ({ pool } = await client.call('storagePoolDefineXml', { xml }));
  await client.call('storagePoolCreate', { pool });
});

afterAll(async () => {
  // The domain of a test that failed half-way.
  const { domains } = await client.call('connectListAllDomains', { needResults: true });
  for (const dom of domains) if (dom.name === name) await client.call('domainUndefineFlags', { dom });
  await client.call('storagePoolDestroy', { pool });
  await client.call('storagePoolUndefine', { pool });
  await rm(folder, { recursive: true, force: true });
  await client.close();
  await relay.idle();
  await relay.stop();
});

async function createVolume(bytes: number): Promise<Volume> {
  const xml = `<volume><name>v-${randomUUID()}</name><capacity>${bytes}</capacity><target><format type='raw'/></target></volume>`;
  return (await client.call('storageVolCreateXml', { pool, xml })).vol;
}

const all = { offset: 0n, length: 0n };

describe('streams', () => {
  test('a volume comes down as it went up', { timeout: 60_000 }, async () => {
    const vol = await createVolume(32 * MIB);
    const pieces = [
      randomBytes(20 * MIB),
      randomBytes(1),
      randomBytes(300_000),
      Buffer.alloc(0),
      randomBytes(5 * MIB),
    ];
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    await client.upload('storageVolUpload', { vol, offset: 0n, length: BigInt(total) }, pieces);
    const { stream } = await client.download('storageVolDownload', {
      vol,
      offset: 0n,
      length: BigInt(total),
    });
    const hash = createHash('sha256');
    for await (const chunk of stream) hash.update(chunk as Buffer);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
    await client.call('storageVolDelete', { vol });
  });

  test('part of a volume is rewritten in place', async () => {
    const vol = await createVolume(MIB);
    await client.upload('storageVolUpload', { vol, offset: 1000n, length: 5n }, [Buffer.from('hello')]);
    const { stream } = await client.download('storageVolDownload', { vol, offset: 998n, length: 10n });
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString('latin1')).toBe('\0\0hello\0\0\0');
    await client.call('storageVolDelete', { vol });
  });

  test('a reader that does not read holds up nothing, and may go', async () => {
    const vol = await createVolume(64 * MIB);
    const { stream } = await client.download('storageVolDownload', { vol, ...all });
    stream.resume();
    await new Promise((resolve) => stream.once('data', resolve));
    stream.pause();
    await client.call('storageVolGetInfo', { vol });
    for (let turn = 0; turn < 200; turn += 1) await client.call('storageVolGetInfo', { vol });
    expect(stream.readableLength).toBeLessThan(3 * MIB);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy();
    await closed;
    await client.call('storageVolDelete', { vol });
  });

  test('a source that fails, fails the upload', async () => {
    const vol = await createVolume(MIB);
    async function* source(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.alloc(1000));
      throw new Error('the source broke');
    }
    await expect(client.upload('storageVolUpload', { vol, ...all }, source())).rejects.toThrow(
      'the source broke',
    );
    await client.call('storageVolDelete', { vol });
  });

  test('more than was announced ends in the daemon’s error', async () => {
    const vol = await createVolume(MIB);
    const upload = client.upload('storageVolUpload', { vol, offset: 0n, length: 10n }, [
      Buffer.alloc(4 * MIB),
    ]);
    await expect(upload).rejects.toMatchObject({ number: expect.any(Number) });
    await client.call('storageVolDelete', { vol });
  });

  test('an upload and a download are called off by their signal', async () => {
    const vol = await createVolume(64 * MIB);
    const upward = new AbortController();
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        yield await Promise.resolve(Buffer.alloc(MIB));
        upward.abort();
      }
    }
    const upload = client.upload('storageVolUpload', { vol, ...all }, endless(), { signal: upward.signal });
    await expect(upload).rejects.toMatchObject({ code: 'libvirt.aborted' });
    const downward = new AbortController();
    const { stream } = await client.download(
      'storageVolDownload',
      { vol, ...all },
      { signal: downward.signal },
    );
    const read = (async () => {
      for await (const _chunk of stream) downward.abort();
    })();
    await expect(read).rejects.toMatchObject({ code: 'libvirt.aborted' });
    await client.call('storageVolDelete', { vol });
  });

  test('a volume that is gone is an error before any data', async () => {
    const vol = { pool: name, name: 'never-was', key: join(folder, 'never-was') };
    await expect(client.download('storageVolDownload', { vol, ...all })).rejects.toMatchObject({
      code: 'libvirt.noStorageVol',
    });
    await expect(client.upload('storageVolUpload', { vol, ...all }, [])).rejects.toMatchObject({
      code: 'libvirt.noStorageVol',
    });
  });
});

test(
  'a domain is defined, marked, found by its UUID alone, and undefined',
  { timeout: 180_000 },
  async () => {
    const uuid = randomUUID();
    const uri = 'https://orangery.example/test';
    const xml = `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid><memory unit='MiB'>16</memory><os><type arch='x86_64'>hvm</type></os></domain>`;
    const seen: number[] = [];
    const removed = Promise.withResolvers<void>();
    const stop = client.events.on('lifecycle', ({ dom, event }) => {
      if (dom.uuid !== uuid) return;
      seen.push(event);
      if (event === 1) removed.resolve();
    });
    await client.events.ready();
    // A daemon that was just started asks every emulator for what it can do first: a minute under emulation.
    const { dom } = await client.call('domainDefineXmlFlags', { xml }, { timeoutMs: 120_000 });
    expect(dom).toEqual({ name, uuid, id: -1 });
    const mark = { dom, type: 2, key: 'orangery', uri };
    await client.call('domainSetMetadata', { ...mark, metadata: '<row id="7"/>', flags: 2 });
    expect((await client.call('domainGetMetadata', { dom, type: 2, uri, flags: 2 })).metadata).toContain(
      'row',
    );
    const byUuid = { name: '', uuid, id: -1 };
    expect((await client.call('domainGetXmlDesc', { dom: byUuid })).xml).toContain(name);
    expect(await client.call('domainGetState', { dom: byUuid })).toMatchObject({ state: 5 });
    const agent = client.call('qemuDomainAgentCommand', { dom, cmd: '{"execute":"guest-ping"}', timeout: 1 });
    await expect(agent).rejects.toMatchObject({ code: 'libvirt.operationInvalid' });
    await client.call('domainUndefineFlags', { dom });
    await expect(client.call('domainLookupByUuid', { uuid })).rejects.toMatchObject({
      code: 'libvirt.noDomain',
    });
    await removed.promise;
    // Defined (0) and undefined (1); a metadata change is an event of another kind.
    expect(seen).toEqual([0, 1]);
    stop();
  },
);
