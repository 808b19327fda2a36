import { describe, expect, test } from 'vitest';
import type { Bench } from './bench.ts';

export function describeNetworks(bench: () => Bench): void {
  describe('networks', () => {
    test('the network is made, and made again harmlessly', async () => {
      const { driver, network: name } = bench();
      const network = bench().nat(name);
      const first = await driver.networks.ensure(network);
      expect(first.name).toBe(name);
      expect(first.subnet).toMatch(/^10\.\d+\.\d+\.1\/\d+$/);
      expect(await driver.networks.ensure(network)).toEqual(first);
    });

    test('stopped twice and made again it is the same network', async () => {
      const { driver, network: name } = bench();
      const network = bench().nat(name);
      const before = await driver.networks.ensure(network);
      await driver.networks.stop(name);
      await driver.networks.stop(name);
      expect(await driver.networks.list()).toContainEqual({ name, cards: 0 });
      expect(await driver.networks.ensure(network)).toEqual(before);
    });

    test('a second one gets another range', async () => {
      const { driver, network } = bench();
      const first = await driver.networks.ensure(bench().nat(network));
      const name = `${network}b`;
      try {
        const second = await driver.networks.ensure(bench().nat(name));
        expect(second.subnet).not.toBe(first.subnet);
      } finally {
        await driver.networks.delete(name);
        await driver.networks.delete(name);
      }
    });

    test('one whose range was taken while it was down comes back on another', async () => {
      const { driver, network } = bench();
      const [name, rival] = [`${network}c`, `${network}d`];
      try {
        const first = await driver.networks.ensure(bench().nat(name));
        await driver.networks.stop(name);
        const subnet = first.subnet ?? '';
        const taken = await driver.networks.ensure({ ...bench().nat(rival), kind: 'isolated', subnet });
        expect(taken.subnet).toBe(first.subnet);
        const second = await driver.networks.ensure(bench().nat(name));
        expect(second.subnet).not.toBe(first.subnet);
      } finally {
        await driver.networks.delete(name);
        await driver.networks.delete(rival);
      }
    });

    test('a range that is asked for is given, or what has it is named', async () => {
      const { driver, network } = bench();
      const [name, rival] = [`${network}e`, `${network}f`];
      const subnet = '10.51.8.0/22';
      try {
        const made = await driver.networks.ensure({ ...bench().nat(name), kind: 'routed', subnet });
        expect(made).toEqual({ name, bridge: name, subnet: '10.51.8.1/22', machinesMax: 1007 });
        const within = { ...bench().nat(rival), kind: 'isolated', subnet: '10.51.10.0/24' } as const;
        await expect(driver.networks.ensure(within)).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringMatching(
            new RegExp(`10.51.10.0/24 is in use.*${name}.*10.51.8.0/22`),
          ) as string,
        });
        expect(await driver.networks.list()).toContainEqual({ name, cards: 0 });
      } finally {
        await driver.networks.delete(name);
        await driver.networks.delete(rival);
      }
      expect((await driver.networks.list()).map((each) => each.name)).not.toContain(name);
    });

    test('a bridge that the host lacks, and a tag that it cannot set, are told', async () => {
      const { driver, network } = bench();
      const name = `${network}g`;
      const bridge = { name, mark: bench().mark('network', 'n'), kind: 'bridge', neighbours: false } as const;
      const on = (changes: object): Promise<unknown> =>
        driver.networks.ensure({ ...bridge, bridge: 'lo', openVSwitch: false, ipv6: false, ...changes });
      await expect(on({ bridge: 'no-such-bridge' })).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining('no interface no-such-bridge') as string,
      });
      // From libvirt 11 on a Linux bridge can be told to.
      const tagged = await on({ vlan: 20 }).catch((error: unknown) => error);
      if (tagged instanceof Error) expect(tagged.message).toMatch(/cannot tag frames with VLAN 20/);
      await driver.networks.delete(name);
    });

    test('a network of another installation is neither used, stopped nor deleted', async () => {
      const { driver, stranger, network: name } = bench();
      const { networks, installationId } = stranger.driver;
      const mark = { ...bench().mark('network', 'n'), installationId };
      await expect(networks.ensure({ ...bench().nat(name), mark })).rejects.toMatchObject({
        code: 'notOurs',
      });
      await expect(networks.stop(name)).rejects.toMatchObject({ code: 'notOurs' });
      await expect(networks.delete(name)).rejects.toMatchObject({ code: 'notOurs' });
      await driver.networks.ensure(bench().nat(name));
    });
  });
}
