import { createHash } from 'node:crypto';
import type { Libvirt, Network } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
import type { Mark } from '../description.ts';
import type { NetworkDriver } from '../driver.ts';
import { firstLine, isCode, telling } from './errors.ts';
import { markElement, markOf } from './mark.ts';
import { attribute, buildXml, element, find, root } from './xml.ts';

/** Ranges of 4,094 addresses in 10.64.0.0/10, which few people use for their own networks. */
const RANGES = 1024;
const PREFIX_BITS = 20;
const TRIES_MAX = 16;

export class KvmNetworks implements NetworkDriver {
  readonly #client: Libvirt;
  readonly #installationId: string;

  constructor(client: Libvirt, installationId: string) {
    this.#client = client;
    this.#installationId = installationId;
  }

  ensureNat({
    name,
    mark,
  }: {
    name: string;
    mark: Mark;
  }): Promise<{ name: string; bridge: string; subnet: string }> {
    return telling(`network ${name}`, async () => {
      const known = await this.#lookup(name);
      if (known !== undefined) {
        this.#requireOurs(name, known.xml);
        if (await this.#startKnown(known.net)) return describe(name, known.xml);
        // Its range is taken by now: nothing of it ran, so it may be made anew.
        await this.#client.call('networkUndefine', { net: known.net });
      }
      const first = createHash('sha256').update(mark.installationId).digest().readUInt16BE(0);
      let refusal: unknown;
      for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
        const xml = networkXml(name, mark, (first + attempt * 61) % RANGES);
        const { net } = await this.#client.call('networkDefineXml', { xml });
        try {
          await this.#client.call('networkCreate', { net });
          await this.#client.call('networkSetAutostart', { net, autostart: true });
          return describe(name, xml);
        } catch (error) {
          await this.#client.call('networkUndefine', { net }).catch(() => {});
          // That a range is in use has no code of its own in libvirt.
          if (!isCode(error, 'libvirt.internalError')) throw error;
          refusal = error;
        }
      }
      throw new OrangeryError(
        'refused',
        `${name} could not be started on any of ${TRIES_MAX} address ranges: ${firstLine(refusal)}`,
        {
          cause: refusal,
          fix: 'Look at the host’s libvirtd log: dnsmasq, the firewall, or a left-over bridge may be in the way.',
        },
      );
    });
  }

  stop(name: string): Promise<void> {
    return telling(`network ${name}`, async () => {
      const known = await this.#lookup(name);
      if (known === undefined) return;
      this.#requireOurs(name, known.xml);
      const { active } = await this.#client.call('networkIsActive', { net: known.net });
      if (active) await this.#client.call('networkDestroy', { net: known.net });
    });
  }

  delete(name: string): Promise<void> {
    return telling(`network ${name}`, async () => {
      const known = await this.#lookup(name);
      if (known === undefined) return;
      await this.stop(name);
      await this.#client.call('networkUndefine', { net: known.net }).catch((error: unknown) => {
        if (!isCode(error, 'libvirt.noNetwork')) throw error;
      });
    });
  }

  /** Whether it runs now; false when the host no longer has room for its range. */
  async #startKnown(net: Network): Promise<boolean> {
    const { active } = await this.#client.call('networkIsActive', { net });
    if (!active) {
      try {
        await this.#client.call('networkCreate', { net });
      } catch (error) {
        if (isCode(error, 'libvirt.internalError')) return false;
        // Another server of this installation was faster.
        if (!(await this.#client.call('networkIsActive', { net })).active) throw error;
      }
    }
    const { autostart } = await this.#client.call('networkGetAutostart', { net });
    if (!autostart) await this.#client.call('networkSetAutostart', { net, autostart: true });
    return true;
  }

  async #lookup(name: string): Promise<{ net: Network; xml: string } | undefined> {
    try {
      const { net } = await this.#client.call('networkLookupByName', { name });
      const { xml } = await this.#client.call('networkGetXmlDesc', { net, flags: 0 });
      return { net, xml };
    } catch (error) {
      if (isCode(error, 'libvirt.noNetwork')) return undefined;
      throw error;
    }
  }

  #requireOurs(name: string, xml: string): void {
    if (markOf(root(xml, 'network'))?.installationId === this.#installationId) return;
    throw new OrangeryError(
      'notOurs',
      `A network named ${name} is there, but it was not made by this installation`,
    );
  }
}

function describe(name: string, xml: string): { name: string; bridge: string; subnet: string } {
  const network = root(xml, 'network');
  const ip = find(network, 'ip');
  return {
    name,
    bridge: attribute(find(network, 'bridge'), 'name') ?? '',
    subnet: `${attribute(ip, 'address')}/${attribute(ip, 'prefix') ?? PREFIX_BITS}`,
  };
}

function networkXml(name: string, mark: Mark, range: number): string {
  // 10.64.0.0 and on, in steps of 2^12 addresses.
  const base = (10 << 24) + (64 << 16) + (range << (32 - PREFIX_BITS));
  const address = (offset: number): string => {
    const at = base + offset;
    return [at >>> 24, (at >>> 16) & 255, (at >>> 8) & 255, at & 255].join('.');
  };
  return buildXml([
    element('network', {}, [
      element('name', {}, [name]),
      element('metadata', {}, [markElement(mark)]),
      element('forward', { mode: 'nat' }),
      element('bridge', { name, stp: 'on', delay: 0 }),
      element('ip', { address: address(1), prefix: PREFIX_BITS }, [
        element('dhcp', {}, [element('range', { start: address(16), end: address(4094) })]),
      ]),
    ]),
  ]);
}
