import { describe, expect, test } from 'vitest';
import type { Bench } from './bench.ts';

export function describeNetworks(bench: () => Bench): void {
  describe('networks', () => {
    test('the network is made, and made again harmlessly', async () => {
      const { driver, network: name } = bench();
      const network = { name, mark: bench().mark('network', 'n') };
      const first = await driver.networks.ensureNat(network);
      expect(first.name).toBe(name);
      expect(first.subnet).toMatch(/^10\.\d+\.\d+\.1\/\d+$/);
      expect(await driver.networks.ensureNat(network)).toEqual(first);
    });

    test('stopped twice and made again it is the same network', async () => {
      const { driver, network: name } = bench();
      const network = { name, mark: bench().mark('network', 'n') };
      const before = await driver.networks.ensureNat(network);
      await driver.networks.stop(name);
      await driver.networks.stop(name);
      expect(await driver.networks.ensureNat(network)).toEqual(before);
    });

    test('a second one gets another range', async () => {
      const { driver, network } = bench();
      const first = await driver.networks.ensureNat({ name: network, mark: bench().mark('network', 'n') });
      const name = `${network}b`;
      try {
        const second = await driver.networks.ensureNat({ name, mark: bench().mark('network', 'm') });
        expect(second.subnet).not.toBe(first.subnet);
      } finally {
        await driver.networks.delete(name);
        await driver.networks.delete(name);
      }
    });

    test('one whose range was taken while it was down comes back on another', async () => {
      const { driver, network } = bench();
      const [name, rival] = [`${network}c`, `${network}d`];
      const mark = bench().mark('network', 'm');
      try {
        const first = await driver.networks.ensureNat({ name, mark });
        await driver.networks.stop(name);
        // The rival starts looking at the same place, as that depends on the installation alone.
        const taken = await driver.networks.ensureNat({ name: rival, mark });
        expect(taken.subnet).toBe(first.subnet);
        const second = await driver.networks.ensureNat({ name, mark });
        expect(second.subnet).not.toBe(first.subnet);
      } finally {
        await driver.networks.delete(name);
        await driver.networks.delete(rival);
      }
    });

    test('a network of another installation is neither used, stopped nor deleted', async () => {
      const { driver, stranger, network: name } = bench();
      const { networks, installationId } = stranger.driver;
      const mark = { ...bench().mark('network', 'n'), installationId };
      await expect(networks.ensureNat({ name, mark })).rejects.toMatchObject({ code: 'notOurs' });
      await expect(networks.stop(name)).rejects.toMatchObject({ code: 'notOurs' });
      await expect(networks.delete(name)).rejects.toMatchObject({ code: 'notOurs' });
      await driver.networks.ensureNat({ name, mark: bench().mark('network', 'n') });
    });
  });
}
