import type { Duplex } from 'node:stream';
import { systemClock, systemRng } from '@orangery/std';
import { describe, expect, test } from 'vitest';
import { VDAGENT_CHANNEL } from '../kvm/domain-xml.ts';
import { describePicture } from '../picture.ts';
import { type Bench, eventually } from './bench.ts';
import { GOLDEN, oursOf } from './storage.ts';

/** A desktop is painted after 75 s under emulation on an idle machine. */
const BOOT_TIMEOUT_MS = 280_000;

export const TEMPLATE_DISK = 'template.qcow2';

/** The machine that is booted once for all tests of a host. */
export const booted = new WeakMap<Bench, string>();

export function idOf(bench: Bench): string {
  const id = booted.get(bench);
  if (id === undefined) throw new Error('the machine did not boot: see the first test that failed');
  return id;
}

export function describeMachines(bench: () => Bench): void {
  describe('machines', () => {
    test('a machine boots to a painted desktop', { timeout: BOOT_TIMEOUT_MS + 10_000 }, async () => {
      const { driver, pool } = bench();
      await driver.storage.createOverlay(pool, { name: TEMPLATE_DISK, backing: GOLDEN });
      const description = bench().describe('template', TEMPLATE_DISK);
      const { id } = description;
      const changes: string[] = [];
      const stop = driver.onChange((change) => {
        if (change.kind === 'machine' && change.machineId === id) changes.push(change.what);
      });
      await driver.machines.start(description);
      expect(await driver.machines.find(id)).toMatchObject({ id, state: 'running', mark: description.mark });
      expect(await driver.machines.agentAnswers(id)).toBe(false);
      await expect(driver.machines.exec(id, { path: '/bin/true', timeoutMs: 5000 })).rejects.toMatchObject({
        code: 'agentUnavailable',
      });
      await eventually('the desktop at rest', BOOT_TIMEOUT_MS, async () => {
        if (!(await driver.machines.agentAnswers(id))) return undefined;
        return bench().guest(id, '/usr/lib/orangery/at-rest');
      });
      expect(changes).toContain('lifecycle');
      stop();
      booted.set(bench(), id);
    });

    test('it is listed as ours, and not started twice', async () => {
      const { driver } = bench();
      const id = idOf(bench());
      const listed = (await driver.machines.list()).find((machine) => machine.id === id);
      expect(listed).toMatchObject({
        state: 'running',
        mark: { kind: 'template', generation: 3, rowId: id },
      });
      await expect(
        driver.machines.start(bench().describe('template', TEMPLATE_DISK, id)),
      ).rejects.toMatchObject({ code: 'refused' });
      expect((await driver.machines.find(id))?.state).toBe('running');
    });

    test('its screen can be looked at', async () => {
      const picture = await bench().driver.machines.screenshot(idOf(bench()));
      expect(picture).toMatchObject({ width: 1024, height: 768 });
      const { distinctColours, darkFraction } = describePicture(picture);
      expect(distinctColours).toBeGreaterThan(8);
      expect(darkFraction).toBeLessThan(0.9);
    });

    test('its use of the host is counted', async () => {
      const use = async (): Promise<bigint> => {
        const all = await bench().driver.machines.usage();
        const mine = all.find(({ id }) => id === idOf(bench()));
        expect(mine?.memoryBytes).toBeGreaterThan(100 << 20);
        expect(mine?.diskReadBytes).toBeGreaterThan(10n << 20n);
        return mine?.cpuTimeNs ?? 0n;
      };
      const counted = async () => {
        const { machines: all, ...host } = await bench().driver.counters();
        return { ...host, mine: all.find(({ machineId }) => machineId === idOf(bench())) };
      };
      const { cpuTotalNs, cpuBusyNs, mine } = await counted();
      expect(mine?.requests).toBeGreaterThan(1_000n);
      expect(mine?.waitedNs).toBeGreaterThan(0n);
      expect(mine?.readBytes).toBeGreaterThan(10n << 20n);
      expect(mine?.memoryBytes).toBeGreaterThan(100 << 20);
      const before = await use();
      await bench().guest(idOf(bench()), '/bin/sh', [
        '-c',
        'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done',
      ]);
      expect(await use()).toBeGreaterThan(before);
      const after = await counted();
      expect(after.mine?.cpuNs).toBeGreaterThan(mine?.cpuNs ?? 0n);
      expect(after.cpuBusyNs).toBeGreaterThan(cpuBusyNs);
      expect(after.cpuTotalNs - cpuTotalNs).toBeGreaterThanOrEqual(after.cpuBusyNs - cpuBusyNs);
    });

    test('its console speaks RFB 3.8, again and again', async () => {
      const { machines } = bench().driver;
      for (let turn = 0; turn < 3; turn += 1) {
        const socket = await machines.dialConsole(idOf(bench()));
        expect(await firstBytes(socket, 12)).toBe('RFB 003.008\n');
      }
    });

    test('the channel of its vdagent is dialled', async () => {
      const { machines } = bench().driver;
      const socket = await machines.dialChannel(idOf(bench()), VDAGENT_CHANNEL);
      await close(socket);
      await expect(machines.dialChannel(idOf(bench()), 'no.such.channel')).rejects.toMatchObject({
        code: 'notFound',
      });
    });

    describe('programs in the guest', () => {
      test('get their input and give their output and exit code', async () => {
        const { machines } = bench().driver;
        const id = idOf(bench());
        const input = 'Zitrone, citron, レモン\n'.repeat(500);
        const echo = await machines.exec(id, { path: '/bin/cat', input, timeoutMs: 20_000 });
        expect(echo).toEqual({ exitCode: 0, stdout: input, stderr: '' });
        const args = ['-c', 'echo oh >&2; exit 7'];
        const failing = await machines.exec(id, { path: '/bin/sh', args, timeoutMs: 20_000 });
        expect(failing).toEqual({ exitCode: 7, stdout: '', stderr: 'oh\n' });
        const killed = await machines.exec(id, {
          path: '/bin/sh',
          args: ['-c', 'kill -9 $$'],
          timeoutMs: 20_000,
        });
        expect(killed.exitCode).not.toBe(0);
      });

      test('that do not exist are refused', async () => {
        const work = bench().driver.machines.exec(idOf(bench()), { path: '/no/such', timeoutMs: 20_000 });
        await expect(work).rejects.toMatchObject({ code: 'refused' });
      });

      test('that take longer than they may are given up, and the agent still answers', async () => {
        const { machines } = bench().driver;
        const startedMs = systemClock.monotonicMs();
        await expect(
          machines.exec(idOf(bench()), { path: '/bin/sleep', args: ['20'], timeoutMs: 700 }),
        ).rejects.toMatchObject({ code: 'timedOut' });
        expect(systemClock.monotonicMs() - startedMs).toBeLessThan(10_000);
        expect(await machines.agentAnswers(idOf(bench()))).toBe(true);
      });

      test('are let go of with the signal’s reason', async () => {
        const { machines } = bench().driver;
        const controller = new AbortController();
        const reason = new Error('the server stops');
        const command = { path: '/bin/sleep', args: ['20'], timeoutMs: 60_000 };
        const work = machines.exec(idOf(bench()), command, controller.signal);
        systemClock.after(500, () => controller.abort(reason));
        await expect(work).rejects.toBe(reason);
      });
    });

    test('another installation sees it, and may not touch it', async () => {
      const { machines, templates } = bench().stranger.driver;
      const id = idOf(bench());
      const notOurs = { code: 'notOurs' };
      const seen = (await machines.list()).find((machine) => machine.id === id);
      expect(seen?.mark?.installationId).toBe(bench().driver.installationId);
      await expect(machines.destroy(id)).rejects.toMatchObject(notOurs);
      await expect(machines.shutdown(id)).rejects.toMatchObject(notOurs);
      await expect(machines.exec(id, { path: '/bin/true', timeoutMs: 1000 })).rejects.toMatchObject(notOurs);
      await expect(machines.dialConsole(id)).rejects.toMatchObject(notOurs);
      await expect(machines.dialChannel(id, VDAGENT_CHANNEL)).rejects.toMatchObject(notOurs);
      const nic = { network: bench().network, macAddress: '52:54:00:00:00:01', neighbours: false };
      await expect(machines.attachNic(id, nic)).rejects.toMatchObject(notOurs);
      const parts = { pool: bench().pool, diskVolume: TEMPLATE_DISK, memoryVolume: 'stolen.save' };
      await expect(templates?.save(id, parts)).rejects.toMatchObject(notOurs);
      expect((await bench().driver.machines.find(id))?.state).toBe('running');
    });

    test('a machine without any mark is shown, and left alone', async () => {
      const { machines } = bench().driver;
      const { id, remove } = await bench().subject.makeUnmarked();
      try {
        expect((await machines.list()).find((machine) => machine.id === id)).toMatchObject({
          mark: undefined,
        });
        await expect(machines.destroy(id)).rejects.toMatchObject({ code: 'notOurs' });
        await expect(machines.exec(id, { path: '/bin/true', timeoutMs: 1000 })).rejects.toMatchObject({
          code: 'notOurs',
        });
        expect(await machines.find(id)).toBeDefined();
      } finally {
        await remove();
      }
    });

    test('what is not there is not found, and its end is no error', async () => {
      const { machines } = bench().driver;
      const id = systemRng.uuid();
      expect(await machines.find(id)).toBeUndefined();
      expect(await machines.agentAnswers(id)).toBe(false);
      await machines.destroy(id);
      const notFound = { code: 'notFound' };
      await expect(machines.exec(id, { path: '/bin/true', timeoutMs: 1000 })).rejects.toMatchObject(notFound);
      await expect(machines.screenshot(id)).rejects.toMatchObject(notFound);
      await expect(machines.dialConsole(id)).rejects.toMatchObject(notFound);
      await expect(machines.shutdown(id)).rejects.toMatchObject(notFound);
      await expect(machines.start(bench().describe('machine', 'none.qcow2', id))).rejects.toMatchObject(
        notFound,
      );
      expect(await oursOf(bench().driver)).toHaveLength(1);
    });
  });
}

async function firstBytes(socket: Duplex, count: number): Promise<string> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`closed after ${text.length} bytes`)));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.length >= count) resolve();
    });
  });
  await close(socket);
  return text.slice(0, count);
}

/** Resolves when both sides have closed: a dialled socket that does not end is a leak. */
async function close(socket: Duplex): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy();
  socket.resume();
  await closed;
}
