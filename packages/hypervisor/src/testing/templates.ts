import { systemClock, systemRng } from '@orangery/std';
import { describe, expect, test } from 'vitest';
import type { MachineDescription, ResourceLimits } from '../description.ts';
import type { HostDriver, TemplateDriver, TemplateParts } from '../driver.ts';
import { type Bench, eventually } from './bench.ts';
import { idOf, TEMPLATE_DISK } from './machines.ts';
import { oursOf } from './storage.ts';

const DHCP_TIMEOUT_MS = 90_000;
/** A clone's clock is set when it gets its identity; asking takes a while on a busy host. */
const CLOCK_OFF_MS_MAX = 3_000;

export type Clone = MachineDescription & { macAddress: string };

/** The two clones that later parts of the suite find running. */
export const clonesOf = new WeakMap<Bench, Clone[]>();
/** Makes one more fork of the template, for the later parts. */
export const forkerOf = new WeakMap<Bench, (limits?: ResourceLimits) => Promise<Clone>>();

type Look = {
  hostname: string;
  machineId: string;
  hostKey: string;
  mac: string;
  random: string;
  bootRandom: string;
  addresses: string;
  clockMs: number;
};

/** What a person who sits in the clone would see. */
const LOOK = `
printf '%s\\n' "$(hostname)" "$(cat /etc/machine-id)" "$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
printf '%s\\n' "$(cat /sys/class/net/e*/address)" "$(cat /proc/sys/kernel/random/uuid)"
printf '%s\\n' "$(od -An -tx1 -N32 -w32 /dev/urandom)" "$(ip -4 -o address show scope global | tr -s ' ' | cut -d' ' -f4)"
date +%s%3N
`;

export function describeTemplates(bench: () => Bench): void {
  describe('templates', () => {
    let head: Buffer;
    const parts = (): TemplateParts => ({
      pool: bench().pool,
      diskVolume: TEMPLATE_DISK,
      memoryVolume: 'template.save',
    });
    const templates = (): TemplateDriver => {
      const { templates } = bench().driver;
      if (templates === undefined) throw new Error('this driver has no templates');
      return templates;
    };
    const forkOf = async (id?: string): Promise<Clone> => {
      const volume = `machine-${systemRng.uuid()}.qcow2`;
      await bench().driver.storage.createOverlay(bench().pool, { name: volume, backing: TEMPLATE_DISK });
      const description = bench().describe('machine', volume, id);
      const limits = { cpuShares: 512, writeBytesPerSecond: 200 << 20 };
      const macAddress = `52:54:00:${[...systemRng.bytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
      return { ...description, title: 'Ada & Grace <2>', limits, macAddress };
    };

    test('a machine is saved with its memory, and is gone afterwards', async () => {
      const saved = await templates().save(idOf(bench()), parts());
      head = saved.head;
      forkerOf.set(bench(), async (limits) => {
        const clone = { ...(await forkOf()), ...(limits === undefined ? {} : { limits }) };
        await templates().fork(parts(), head, clone);
        return clone;
      });
      expect(saved.memoryBytes).toBeGreaterThan(50 << 20);
      expect(head.length).toBeGreaterThan(4096);
      expect(await oursOf(bench().driver)).toEqual([]);
      expect(await bench().driver.storage.find(bench().pool, 'template.save')).toBeDefined();
    });

    test('two forks run at the same time and share no identity', { timeout: 280_000 }, async () => {
      const { driver } = bench();
      const clones = [await forkOf(), await forkOf()];
      const tookMs: number[] = [];
      for (const clone of clones) {
        const startedMs = systemClock.monotonicMs();
        await templates().fork(parts(), head, clone);
        tookMs.push(Math.round(systemClock.monotonicMs() - startedMs));
      }
      clonesOf.set(bench(), clones);
      for (const clone of clones) {
        expect(await driver.machines.find(clone.id)).toMatchObject({
          id: clone.id,
          name: clone.name,
          state: 'running',
          mark: clone.mark,
        });
      }
      const looks = await Promise.all(clones.map((clone) => settle(bench(), clone)));
      const [first, second] = looks as [Look, Look];
      for (const key of [
        'hostname',
        'machineId',
        'hostKey',
        'mac',
        'random',
        'bootRandom',
        'addresses',
      ] as const) {
        expect(first[key], key).not.toBe(second[key]);
        expect(first[key], key).not.toBe('');
      }
      for (const [index, look] of looks.entries()) {
        const clone = clones[index] as Clone;
        expect(look.hostname).toBe(clone.name);
        expect(look.machineId).toBe(clone.id.replaceAll('-', ''));
        expect(look.mac).toBe(clone.macAddress);
        expect(Math.abs(look.clockMs)).toBeLessThan(CLOCK_OFF_MS_MAX);
        const [nic] = await driver.machines.nics(clone.id);
        expect(look.addresses).toContain(nic?.addresses[0] ?? 'no address');
      }
      expect(Math.max(...tookMs)).toBeLessThan(30_000);
    });

    test('the disks of forks are their own', async () => {
      const [one, other] = clonesOf.get(bench()) as [Clone, Clone];
      await bench().guest(one.id, '/bin/sh', ['-c', 'echo mine > /root/note; sync']);
      await expect(bench().guest(other.id, '/bin/cat', ['/root/note'])).rejects.toThrow(/No such file/);
      expect(await bench().guest(one.id, '/bin/cat', ['/root/note'])).toBe('mine');
    });

    test('a network card is not plugged in twice', async () => {
      const { machines } = bench().driver;
      const [one] = clonesOf.get(bench()) as [Clone];
      const nic = {
        network: bench().network,
        macAddress: one.macAddress.toUpperCase(),
        neighbours: false,
      };
      await machines.attachNic(one.id, nic);
      expect(await machines.nics(one.id)).toHaveLength(1);
    });

    test('a fork over a machine that runs is refused, and the machine runs on', async () => {
      const [one] = clonesOf.get(bench()) as [Clone];
      await expect(templates().fork(parts(), head, one)).rejects.toMatchObject({ code: 'refused' });
      expect((await bench().driver.machines.find(one.id))?.state).toBe('running');
      expect(await bench().guest(one.id, '/bin/cat', ['/root/note'])).toBe('mine');
    });

    test('a fork whose disk or template is missing is not found', async () => {
      const clone = await forkOf();
      const noDisk = { ...clone, disk: { ...clone.disk, volume: 'none.qcow2' } };
      await expect(templates().fork(parts(), head, noDisk)).rejects.toMatchObject({ code: 'notFound' });
      const noMemory = { ...parts(), memoryVolume: 'none.save' };
      await expect(templates().fork(noMemory, head, clone)).rejects.toMatchObject({ code: 'notFound' });
      await expectNoMachine(bench().driver, clone);
    });

    test('a fork that the hypervisor cannot restore leaves nothing running', async () => {
      const clone = await forkOf();
      // The other clone holds this disk: QEMU's lock refuses a second writer.
      const [one] = clonesOf.get(bench()) as [Clone];
      await expect(templates().fork(parts(), head, { ...clone, disk: one.disk })).rejects.toMatchObject({
        code: 'refused',
      });
      await expectNoMachine(bench().driver, clone);
      await templates().fork(parts(), head, clone);
      await bench().driver.machines.destroy(clone.id);
      await bench().driver.storage.delete(bench().pool, clone.disk.volume);
    });

    test('a fork on a full pool says so, and leaves nothing running', async () => {
      const { driver, pool } = bench();
      const disk = { pool: `${pool}-small`, volume: 'c.qcow2' };
      const clone = { ...(await forkOf()), disk };
      await expect(templates().fork(parts(), head, clone)).rejects.toMatchObject({ code: 'diskFull' });
      await expectNoMachine(driver, clone);
    });

    test('a guest that pours out without end fills nobody’s memory, and harms only its own agent', async () => {
      const { machines } = bench().driver;
      const [one, other] = clonesOf.get(bench()) as [Clone, Clone];
      const command = { path: '/bin/sh', args: ['-c', 'head -c 30000000 /dev/zero'], timeoutMs: 30_000 };
      const outcome = await machines.exec(other.id, command).then(
        ({ stdout }) => stdout.length,
        (error: { code?: string }) => error.code,
      );
      if (typeof outcome === 'number') expect(outcome).toBeLessThanOrEqual(16 << 20);
      else expect(['refused', 'timedOut', 'agentUnavailable']).toContain(outcome);
      expect(await machines.agentAnswers(one.id)).toBe(true);
    });

    test('a head of another save is refused before it harms the memory', async () => {
      const clone = await forkOf();
      const longer = Buffer.concat([head, Buffer.alloc(512)]);
      longer.writeUInt32LE(head.readUInt32LE(20) + 512, 20);
      await expect(templates().fork(parts(), longer, clone)).rejects.toMatchObject({ code: 'refused' });
      await expectNoMachine(bench().driver, clone);
      await bench().driver.storage.delete(bench().pool, clone.disk.volume);
    });
  });
}

async function expectNoMachine({ machines }: HostDriver, clone: Clone): Promise<void> {
  expect(await machines.find(clone.id)).toBeUndefined();
}

/** Gives the clone its identity and its network card, as the product does, and looks around in it. */
async function settle(bench: Bench, clone: Clone): Promise<Look> {
  const { machines } = bench.driver;
  const identity = {
    hostname: clone.name,
    machineId: clone.id.replaceAll('-', ''),
    seed: systemRng.bytes(64).toString('base64'),
    timeMs: systemClock.now(),
  };
  await eventually('an identity', 60_000, () =>
    bench.guest(clone.id, '/usr/lib/orangery/identify', [], JSON.stringify(identity)),
  );
  await machines.attachNic(clone.id, {
    network: bench.network,
    macAddress: clone.macAddress,
    neighbours: false,
  });
  await eventually('an address', DHCP_TIMEOUT_MS, async () => {
    const [nic] = await machines.nics(clone.id);
    return nic?.addresses[0];
  });
  return eventually('the address in the guest', DHCP_TIMEOUT_MS, async () => {
    const look = await lookAround(bench, clone);
    return look.addresses === '' ? undefined : look;
  });
}

async function lookAround(bench: Bench, clone: Clone): Promise<Look> {
  const startedMs = systemClock.now();
  const lines = (await bench.guest(clone.id, '/bin/sh', ['-c', LOOK])).split('\n').map((line) => line.trim());
  const endedMs = systemClock.now();
  const [
    hostname = '',
    machineId = '',
    hostKey = '',
    mac = '',
    random = '',
    bootRandom = '',
    addresses = '',
  ] = lines;
  // Right when it lies between our asking and our hearing.
  const theirs = Number(lines[7]);
  const clockMs = theirs < startedMs ? theirs - startedMs : Math.max(0, theirs - endedMs);
  return { hostname, machineId, hostKey, mac, random, bootRandom, addresses, clockMs };
}
