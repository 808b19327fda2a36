import type { Libvirt } from '@orangery/libvirt';
import { type Clock, messageOf, type Rng } from '@orangery/std';
import type { Accelerator } from '../driver.ts';
import { bootSectorDisk } from './boot-sector.ts';
import { isCode } from './errors.ts';
import { reference } from './machines.ts';
import { markElement } from './mark.ts';
import type { KvmStorage } from './storage.ts';
import { buildXml, element } from './xml.ts';

/** A guest that works resets itself within 0.2 s, under emulation too; a busy host may need longer. */
const PROBE_TIMEOUT_MS = 8_000;
const POLL_MS = 25;

export type ProbeOutcome = { works: true; tookMs: number } | { works: false; reason: string };

/**
 * Whether a guest runs with this accelerator, found by booting one: a device file that opens and a hypervisor that
 * offers KVM prove nothing (measured: under broken nested virtualization both do, and guests hang for ever).
 */
export async function probeAccelerator(
  parts: { client: Libvirt; storage: KvmStorage; clock: Clock; rng: Rng; installationId: string },
  pool: string,
  accelerator: Accelerator,
  signal?: AbortSignal,
): Promise<ProbeOutcome> {
  const { client, storage, clock, rng, installationId } = parts;
  const id = rng.uuid();
  const volume = `probe-${id}.img`;
  const disk = bootSectorDisk();
  const vol = await storage.createRaw(pool, volume, disk.length);
  try {
    await storage.uploadAt(vol, 0, [disk]);
    const mark = { installationId, generation: 0, kind: 'probe', rowId: id } as const;
    const xml = buildXml([
      element('domain', { type: accelerator === 'kvm' ? 'kvm' : 'qemu' }, [
        element('name', {}, [`probe-${id.slice(0, 8)}`]),
        element('uuid', {}, [id]),
        element('metadata', {}, [markElement(mark)]),
        element('memory', { unit: 'MiB' }, ['64']),
        element('vcpu', {}, ['1']),
        element('os', {}, [
          element('type', { arch: 'x86_64', machine: 'q35' }, ['hvm']),
          element('boot', { dev: 'hd' }),
        ]),
        element('features', {}, [element('acpi')]),
        element('cpu', { mode: accelerator === 'kvm' ? 'host-model' : 'maximum' }),
        element('on_reboot', {}, ['destroy']),
        element('devices', {}, [
          element('controller', { type: 'usb', model: 'none' }),
          element('disk', { type: 'file', device: 'disk' }, [
            element('driver', { name: 'qemu', type: 'raw' }),
            element('source', { file: vol.key }),
            element('target', { dev: 'vda', bus: 'virtio' }),
          ]),
          element('memballoon', { model: 'none' }),
        ]),
      ]),
    ]);
    const startedMs = clock.monotonicMs();
    await client.call('domainCreateXml', { xmlDesc: xml, flags: 0 });
    while (clock.monotonicMs() - startedMs < PROBE_TIMEOUT_MS) {
      await clock.sleep(POLL_MS, signal);
      const gone = await client.call('domainLookupByUuid', { uuid: id }).then(
        () => false,
        (error: unknown) => {
          if (isCode(error, 'libvirt.noDomain')) return true;
          throw error;
        },
      );
      if (gone) return { works: true, tookMs: Math.round(clock.monotonicMs() - startedMs) };
    }
    return { works: false, reason: `a guest hung for ${PROBE_TIMEOUT_MS / 1000} s` };
  } catch (error) {
    if (isCode(error, 'libvirt.disconnected', 'libvirt.unreachable', 'libvirt.closed', 'libvirt.aborted'))
      throw error;
    return { works: false, reason: messageOf(error).split('\n')[0] ?? '' };
  } finally {
    await client.call('domainDestroyFlags', { dom: reference(id), flags: 0 }).catch(() => {});
    await storage.delete(pool, volume).catch(() => {});
  }
}
