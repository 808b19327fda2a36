import { constants, type Libvirt } from '@orangery/libvirt';
import { type Clock, OrangeryError, type Rng } from '@orangery/std';
import type { Accelerator } from '../driver.ts';
import { bootSectorDisk } from './boot-sector.ts';
import { daemonRefused, firstLine, isCode } from './errors.ts';
import { reference } from './machines.ts';
import { markElement } from './mark.ts';
import type { KvmStorage } from './storage.ts';
import { buildXml, element } from './xml.ts';

/**
 * A guest that works resets itself within 0.2 s, under emulation too. A host whose CPUs are all busy may need far longer
 * to emulate; with hardware help it hardly does, and each broken host waits this long once.
 */
const TIMEOUT_MS: Record<Accelerator, number> = { kvm: 8_000, tcg: 60_000 };

/** virDomainEventStoppedDetailType. */
const STOPPED = { shutdown: 0, destroyed: 1 } as const;

export type ProbeOutcome = { works: true; tookMs: number } | { works: false; reason: string };

type ProbeParts = {
  client: Libvirt;
  storage: KvmStorage;
  clock: Clock;
  rng: Rng;
  installationId: string;
};

/**
 * Whether a guest runs with this accelerator, found by booting one: a device file that opens and a hypervisor that
 * offers KVM prove nothing (measured: under broken nested virtualization both do, and guests hang for ever).
 *
 * The machine's end alone proves nothing either: an emulator that aborts is gone as well. So it is asked how it ended,
 * which only the event tells: a guest that works resets itself, which ends it as a shutdown.
 */
export async function probeAccelerator(
  { client, storage, clock, rng, installationId }: ProbeParts,
  pool: string,
  accelerator: Accelerator,
): Promise<ProbeOutcome> {
  const id = rng.uuid();
  const volume = `probe-${id}.img`;
  const disk = bootSectorDisk();
  const vol = await storage.createRaw(pool, volume, disk.length);
  const ended = Promise.withResolvers<number | 'lost' | 'timeout'>();
  const stop = [
    client.events.on('lifecycle', ({ dom, event, detail }) => {
      if (dom.uuid === id && event === constants.lifecycleEvent.stopped) ended.resolve(detail);
    }),
    client.onState((state) => state === 'connected' || ended.resolve('lost')),
  ];
  try {
    await storage.uploadAt(vol, 0, [disk]);
    await client.events.ready();
    const startedMs = clock.monotonicMs();
    await client.call('domainCreateXml', {
      xmlDesc: probeXml(id, vol.key, accelerator, installationId),
      // It ends with our connection: a server that is killed meanwhile leaves no guest that hangs.
      flags: constants.domainStart.autodestroy,
    });
    stop.push(clock.after(TIMEOUT_MS[accelerator], () => ended.resolve('timeout')));
    const end = await ended.promise;
    if (end === STOPPED.shutdown) return { works: true, tookMs: Math.round(clock.monotonicMs() - startedMs) };
    if (end === 'timeout')
      return { works: false, reason: `a guest hung for ${TIMEOUT_MS[accelerator] / 1000} s` };
    if (end === 'lost') throw new OrangeryError('hostUnreachable', 'The host went away while it was probed');
    if (end === STOPPED.destroyed)
      throw new OrangeryError('refused', `The probe ${id} was ended by somebody else: nothing is known yet`);
    return { works: false, reason: 'the emulator ended by itself while a guest booted' };
  } catch (error) {
    // A daemon that says no has answered the question; anything else has not.
    if (!daemonRefused(error) || isCode(error, 'libvirt.accessDenied')) throw error;
    return { works: false, reason: firstLine(error) };
  } finally {
    for (const each of stop) each();
    await client.call('domainDestroyFlags', { dom: reference(id), flags: 0 }).catch(() => {});
    await storage.delete(pool, volume).catch(() => {});
  }
}

function probeXml(id: string, diskPath: string, accelerator: Accelerator, installationId: string): string {
  const mark = { installationId, generation: 0, kind: 'probe', rowId: id } as const;
  return buildXml([
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
          element('source', { file: diskPath }),
          element('target', { dev: 'vda', bus: 'virtio' }),
        ]),
        element('memballoon', { model: 'none' }),
      ]),
    ]),
  ]);
}
