import { constants, type Domain, type Libvirt, paramsToObject } from '@orangery/libvirt';
import type { Rng } from '@orangery/std';
import type { Abilities, Ability } from '../driver.ts';
import { firstLine } from './errors.ts';
import { GUARD_PARAMETERS, guardUuid } from './guards.ts';
import { markElement } from './mark.ts';
import { buildXml, element, type XmlNode } from './xml.ts';

/** No machine's default, so that it is seen whether it was set. */
const SHARES = 1234;
const PARAMETERS_MAX = 16;
const MAC = '52:54:00:00:00:01';

/**
 * What a host can hold its machines to, found by doing it: machines that never run are started with a limit, and with a
 * guard. libvirt starts the first without a word where it cannot set the limit.
 */
export async function lookAtAbilities(parts: {
  client: Libvirt;
  rng: Rng;
  installationId: string;
}): Promise<Abilities> {
  return { cpuLimits: await cpuLimits(parts), guards: await guards(parts) };
}

type Parts = Parameters<typeof lookAtAbilities>[0];

async function cpuLimits(parts: Parts): Promise<Ability> {
  const fix =
    'libvirt needs the CPU controller of the kernel’s control groups: mount it (systemd does), and leave "cpu" in cgroup_controllers of /etc/libvirt/qemu.conf. docs/limits.md tells more.';
  try {
    return await idle(parts, [], async (dom) => {
      const { params } = await parts.client.call('domainGetSchedulerParametersFlags', {
        dom,
        nparams: PARAMETERS_MAX,
        flags: constants.affect.live,
      });
      const shares = paramsToObject(params)['cpu_shares'];
      // Under version 2 of control groups libvirt reads back the weight it was turned into.
      if (shares !== undefined && Number(shares) > 0) return { works: true };
      return { works: false, reason: `it set ${String(shares)} of ${SHARES} shares`, fix };
    });
  } catch (error) {
    return { works: false, reason: firstLine(error), fix };
  }
}

async function guards(parts: Parts): Promise<Ability> {
  const { client, rng, installationId } = parts;
  const name = `probe-${rng.uuid().slice(0, 8)}`;
  const filter = element('filter', { name, chain: 'root' }, [
    element('uuid', {}, [guardUuid(installationId, name)]),
    element('rule', { action: 'drop', direction: 'out' }, [
      element('mac', { match: 'no', srcmacaddr: '$MAC' }),
    ]),
  ]);
  try {
    const { nwfilter } = await client.call('nwfilterDefineXml', { xml: buildXml([filter]) });
    try {
      const nic = element('interface', { type: 'ethernet' }, [
        element('mac', { address: MAC }),
        element('model', { type: 'virtio' }),
        element(
          'filterref',
          { filter: name },
          GUARD_PARAMETERS(MAC).map((parameter) => element('parameter', parameter)),
        ),
      ]);
      return await idle(parts, [nic], () => Promise.resolve({ works: true }));
    } finally {
      await client.call('nwfilterUndefine', { nwfilter });
    }
  } catch (error) {
    return {
      works: false,
      reason: firstLine(error),
      fix: 'Install iptables (with ebtables) and libvirt’s nwfilter driver on the host; its kernel needs nf_tables with the bridge family.',
    };
  }
}

/** A machine without a disk that stands still. It ends with our connection, whatever happens to us. */
async function idle<T>(
  { client, rng, installationId }: Parts,
  devices: XmlNode[],
  look: (dom: Domain) => Promise<T>,
): Promise<T> {
  const id = rng.uuid();
  const xmlDesc = buildXml([
    element('domain', { type: 'qemu' }, [
      element('name', {}, [`probe-${id.slice(0, 8)}`]),
      element('uuid', {}, [id]),
      element('metadata', {}, [markElement({ installationId, generation: 0, kind: 'probe', rowId: id })]),
      element('memory', { unit: 'MiB' }, ['16']),
      element('vcpu', {}, ['1']),
      element('cputune', {}, [element('shares', {}, [String(SHARES)])]),
      element('os', {}, [element('type', { arch: 'x86_64', machine: 'q35' }, ['hvm'])]),
      element('devices', {}, [
        element('controller', { type: 'usb', model: 'none' }),
        ...devices,
        element('memballoon', { model: 'none' }),
      ]),
    ]),
  ]);
  const flags = constants.domainStart.paused | constants.domainStart.autodestroy;
  const { dom } = await client.call('domainCreateXml', { xmlDesc, flags });
  try {
    return await look(dom);
  } finally {
    await client.call('domainDestroyFlags', { dom, flags: 0 });
  }
}
