import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, OrangeryError, systemClock, systemRng } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildImage } from './build.ts';
import { recipes } from './recipe.ts';
import { run } from './run.ts';

/** Kept between runs: building takes longer than booting. */
const IMAGES = process.env['ORANGERY_TEST_CACHE'] ?? '/var/cache/orangery-test';
const NAME = `imgtest-${systemRng.uuid().slice(0, 8)}`;
const BOOT_MS_MAX = 240_000;

const overlay = join(IMAGES, `${NAME}.qcow2`);

// Every other guest of the suite boots by BIOS.
describe.skipIf(!inject('longParts').includes('UEFI'))('a UEFI machine', () => {
  beforeAll(async () => {
    await mkdir(IMAGES, { recursive: true });
    // QEMU runs under an account of its own.
    await chmod(IMAGES, 0o755);
    const recipe = (await recipes()).find(({ name }) => name === 'debian-openbox');
    if (recipe === undefined) throw new Error('there is no recipe debian-openbox');
    const { path } = await buildImage({ recipe, outDir: IMAGES });
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', path, overlay]);
    await writeFile(join(IMAGES, `${NAME}.xml`), domainXml());
    await virsh('define', join(IMAGES, `${NAME}.xml`));
    await virsh('start', NAME);
  });

  afterAll(async () => {
    await virsh('destroy', NAME).catch(() => {});
    await virsh('undefine', '--nvram', NAME).catch(() => {});
    await rm(overlay, { force: true });
    await rm(join(IMAGES, `${NAME}.xml`), { force: true });
  });

  test('boots to a painted desktop at rest, and takes the identity it is given', async () => {
    const rest = await eventually(async () => await guestExec('/usr/lib/orangery/at-rest'));
    expect(rest).toMatchObject({ atRest: true });

    const identity = {
      hostname: 'desk-0001',
      machineId: systemRng.bytes(16).toString('hex'),
      seed: systemRng.bytes(64).toString('base64'),
      timeMs: systemClock.now(),
    };
    const first = await guestExec('/usr/lib/orangery/identify', JSON.stringify(identity));
    expect(first).toMatchObject({ hostname: 'desk-0001', machineId: identity.machineId });
    expect(first['sshHostKey']).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]+/);
    // Again with the same input: the same machine, the same host key.
    const again = await guestExec('/usr/lib/orangery/identify', JSON.stringify(identity));
    expect(again['sshHostKey']).toBe(first['sshHostKey']);
    // Another fork: another key; the session goes on under the new name.
    const other = { ...identity, hostname: 'desk-0002', machineId: systemRng.bytes(16).toString('hex') };
    const second = await guestExec('/usr/lib/orangery/identify', JSON.stringify(other));
    expect(second['sshHostKey']).not.toBe(first['sshHostKey']);
    const stillThere = await eventually(async () => await guestExec('/usr/lib/orangery/at-rest'));
    expect(stillThere).toMatchObject({ atRest: true });
  });

  test('what is not an identity is refused with the reason', async () => {
    await expect(guestExec('/usr/lib/orangery/identify', '{"hostname":"a b"}')).rejects.toThrow(/hostname/);
  });
});

type Answer = Record<string, unknown>;

/** Runs a program in the guest and parses what it prints; a program that fails is an error with its output. */
async function guestExec(path: string, input = ''): Promise<Answer> {
  const inputData = Buffer.from(input).toString('base64');
  const command = { path, 'capture-output': true, 'input-data': inputData };
  const { pid } = await agent('guest-exec', command);
  for (;;) {
    const status = await agent('guest-exec-status', { pid });
    if (status['exited'] !== true) {
      await systemClock.sleep(100);
      continue;
    }
    const data = typeof status['out-data'] === 'string' ? status['out-data'] : '';
    const output = Buffer.from(data, 'base64').toString();
    if (status['exitcode'] === 0) return JSON.parse(output) as Answer;
    throw new OrangeryError('guestProgramFailed', `${path} in ${NAME}: ${output}`);
  }
}

async function agent(execute: string, parameters: Answer): Promise<Answer> {
  const answer = await virsh('qemu-agent-command', NAME, JSON.stringify({ execute, arguments: parameters }));
  return (JSON.parse(answer) as { return: Answer }).return;
}

async function virsh(...args: string[]): Promise<string> {
  return (await run('virsh', ['--connect', 'qemu:///system', '--quiet', ...args])).join('\n');
}

/** Asks again, while the agent does not answer or says "not yet". */
async function eventually(ask: () => Promise<Answer>): Promise<Answer> {
  const endMs = systemClock.monotonicMs() + BOOT_MS_MAX;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const known = ['commandFailed', 'guestProgramFailed'].includes(codeOf(error) ?? '');
      if (!known || systemClock.monotonicMs() > endMs) throw error;
    }
    await systemClock.sleep(2000);
  }
}

function domainXml(): string {
  // As machines of the product are: spare ports for what is plugged in later, no USB, no card for sound.
  const ports = "<controller type='pci' model='pcie-root-port'/>".repeat(8);
  return `<domain type='qemu'><name>${NAME}</name><memory unit='MiB'>1024</memory><vcpu>2</vcpu>
<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>
<firmware><feature enabled='no' name='secure-boot'/></firmware></os>
<features><acpi/><apic/></features><cpu mode='maximum'/>
<devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='unsafe'/><source file='${overlay}'/><target dev='vda' bus='virtio'/></disk>
<controller type='pci' model='pcie-root'/>${ports}<controller type='usb' model='none'/>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<channel type='unix'><target type='virtio' name='com.redhat.spice.0'/></channel>
<serial type='pty'/>
<graphics type='vnc'><listen type='socket'/></graphics><video><model type='virtio'/></video>
<input type='tablet' bus='virtio'/><input type='keyboard' bus='virtio'/>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices></domain>`;
}
