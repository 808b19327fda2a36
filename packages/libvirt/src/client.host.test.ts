import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dialLibvirt, LIBVIRT_SOCKETS } from './channel/dial.ts';
import { LocalChannel } from './channel/local.ts';
import { Libvirt } from './client.ts';
import type { Domain } from './procedures/objects.ts';
import { Collector } from './testing/collector.ts';
import { Relay } from './testing/relay.ts';
import { paramsToObject } from './xdr/typed-param.ts';

const channel = new LocalChannel();
const TEST_URI = 'test:///default';

/** The kinds of the lifecycle event (virDomainEventType) that the test driver is made to show. */
const suspended = 3;
const resumed = 4;

describe('the test driver over the real RPC', () => {
  let client: Libvirt;
  let dom: Domain;

  beforeEach(async () => {
    client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: TEST_URI });
    const { domains } = await client.call('connectListAllDomains', { needResults: true });
    dom = domains.find(({ name }) => name === 'test')!;
  });
  afterEach(() => client.close());

  test('answers calls of many shapes', async () => {
    expect((await client.call('connectGetLibVersion')).libVer).toBeGreaterThanOrEqual(9_000_000n);
    expect((await client.call('connectGetType')).type).toBe('TEST');
    expect(await client.call('nodeGetInfo')).toMatchObject({ model: 'i686', cpus: 16, nodes: 2 });
    expect((await client.call('connectGetCapabilities')).capabilities).toContain('<capabilities>');
    expect(await client.call('domainLookupByUuid', { uuid: dom.uuid })).toEqual({ dom });
    expect(await client.call('domainGetState', { dom })).toMatchObject({ state: 1 });
    expect((await client.call('domainGetInfo', { dom })).maxMem).toBe(8_388_608n);
    expect(await client.call('domainGetAutostart', { dom })).toEqual({ autostart: false });
    const { retStats } = await client.call('connectGetAllDomainStats', { doms: [], stats: 0 });
    expect(paramsToObject(retStats[0]!.params)).toMatchObject({ 'state.state': 1 });
    const { nets } = await client.call('connectListAllNetworks', { needResults: true });
    expect(nets.map(({ name }) => name)).toContain('default');
  });

  test('names its errors', async () => {
    const uuid = randomUUID();
    await expect(client.call('domainLookupByUuid', { uuid })).rejects.toMatchObject({
      code: 'libvirt.noDomain',
      number: 42,
      domain: 'test',
    });
  });

  test('keeps its answers apart under a hundred calls at once', async () => {
    const names = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'test' : `none-${index}`));
    const outcomes = await Promise.allSettled(
      names.map((name) => client.call('domainLookupByName', { name })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      names.map((name) => (name === 'test' ? 'fulfilled' : 'rejected')),
    );
  });

  test('tells of events until nobody listens', async () => {
    const seen = new Collector<number>();
    const stop = client.events.on('lifecycle', ({ dom, event }) => {
      if (dom.name === 'test') seen.add(event);
    });
    await client.events.ready();
    await client.call('domainSuspend', { dom });
    await client.call('domainResume', { dom });
    expect(await seen.first(2)).toEqual([suspended, resumed]);
    stop();
    const others = new Collector<number>();
    const stopOthers = client.events.on('reboot', () => {});
    client.events.on('lifecycle', ({ event }) => others.add(event));
    stopOthers();
    await client.events.ready();
    await client.call('domainSuspend', { dom });
    await client.call('domainResume', { dom });
    await others.first(2);
    expect(await seen.first(2)).toEqual([suspended, resumed]);
  });

  test('sends a screenshot with its type', async () => {
    const { result, stream } = await client.download('domainScreenshot', { dom, screen: 0 });
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    expect(result).toEqual({ mime: 'image/png' });
    expect(Buffer.concat(parts).subarray(1, 4).toString()).toBe('PNG');
  });
});

describe('a connection that is lost', () => {
  test('rejects what was under way, comes back, and tells of events again', async () => {
    const relay = await Relay.start(LIBVIRT_SOCKETS[0]);
    const client = await Libvirt.connect({
      dial: dialLibvirt(channel, [relay.path]),
      uri: TEST_URI,
      reconnect: { firstMs: 10, maxMs: 50 },
    });
    try {
      const states: string[] = [];
      client.onState((state) => states.push(state));
      const events = new Collector<number>();
      client.events.on('lifecycle', ({ event }) => events.add(event));
      await client.events.ready();
      const { dom } = await client.call('domainLookupByName', { name: 'test' });

      const pending = Promise.allSettled(
        Array.from({ length: 20 }, () => client.call('connectGetCapabilities')),
      );
      const lost = new Promise((resolve) => client.onState(resolve));
      await relay.cut();
      expect(await lost).toBe('connecting');
      for (const outcome of await pending) {
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({ code: 'libvirt.disconnected' });
      }
      await expect(client.call('connectGetHostname')).rejects.toMatchObject({ code: 'libvirt.disconnected' });

      const back = new Promise<void>((resolve) => client.onReconnected(resolve));
      await relay.listen();
      await back;
      expect(states).toEqual(['connecting', 'connected']);
      await client.call('domainSuspend', { dom });
      await client.call('domainResume', { dom });
      expect(await events.first(2)).toEqual([suspended, resumed]);
    } finally {
      await client.close();
      await relay.idle();
      await relay.stop();
    }
    expect(client.state).toBe('closed');
    await expect(client.call('connectGetHostname')).rejects.toMatchObject({ code: 'libvirt.closed' });
  });

  test('is not waited for when the first attempt fails', async () => {
    const dial = dialLibvirt(channel, ['/run/libvirt/there-is-no-such-socket']);
    await expect(Libvirt.connect({ dial, uri: TEST_URI })).rejects.toMatchObject({
      code: 'libvirt.unreachable',
    });
  });

  test('is tried again and again by a client that was started', async () => {
    const relay = await Relay.start(LIBVIRT_SOCKETS[0]);
    await relay.cut();
    const dial = dialLibvirt(channel, [relay.path]);
    const client = Libvirt.start({ dial, uri: TEST_URI, reconnect: { firstMs: 10, maxMs: 50 } });
    const back = new Promise<void>((resolve) => client.onReconnected(resolve));
    await relay.listen();
    await back;
    expect(client.state).toBe('connected');
    await client.close();
    await relay.stop();
  });
});

test('a URI that the daemon cannot open says why', async () => {
  const dial = dialLibvirt(channel);
  await expect(Libvirt.connect({ dial, uri: 'nosuch:///system' })).rejects.toMatchObject({
    code: expect.stringMatching(/^libvirt\./),
    message: expect.stringContaining('nosuch'),
  });
});
