import { constants, dialLibvirt, type Domain, type HostChannel, Libvirt } from '@orangery/libvirt';
import { type Clock, codeOf, messageOf, type Rng, systemClock, systemRng } from '@orangery/std';
import { firstLine } from './errors.ts';
import { markElement } from './mark.ts';
import { attribute, buildXml, childrenOf, element, find, root } from './xml.ts';

/** One right of the account on a host: what was looked at, why it matters, and how to make it so. */
export type Finding = { what: string; why: string; fix: string; ok: boolean };

type Right = Omit<Finding, 'ok'>;

const DIAL_TIMEOUT_MS = 5_000;

const rights = {
  libvirt: {
    what: 'the account may use libvirt’s socket',
    why: 'Everything that Orangery does on a host goes through it.',
    fix: 'Add the account to the group libvirt, start libvirtd, and set "AllowStreamLocalForwarding local" and "AllowTcpForwarding local" for the account in sshd_config.',
  },
  manage: {
    what: 'libvirt lets the account start machines',
    why: 'An account that may only look cannot make desktops.',
    fix: 'Add the account to the group libvirt, which libvirt’s polkit rule lets manage machines; look at auth_unix_rw and access_drivers in libvirtd.conf.',
  },
  console: {
    what: 'the account may open consoles of machines',
    why: 'People see their desktops through a socket in the folder of QEMU, which is closed to all but its group.',
    fix: 'Add the account to the group libvirt-qemu (on Fedora and RHEL: qemu), and let it log in anew.',
  },
  channel: {
    what: 'the account may open channels into machines',
    why: 'Clipboard, screen size and files take this way.',
    fix: 'Add the account to the group libvirt-qemu (on Fedora and RHEL: qemu), and let it log in anew.',
  },
  monitor: {
    what: 'the account cannot reach QEMU’s monitors',
    why: 'Who holds a monitor changes a machine behind libvirt’s back.',
    fix: 'Enter the host as an account of its own, as docs/hosts.md tells, and not as root.',
  },
  shell: {
    what: 'the account may run no programs',
    why: 'Orangery runs none on a host: a stolen key should not either.',
    fix: 'Give the account the shell /usr/sbin/nologin.',
  },
} as const satisfies Record<string, Right>;

/**
 * What the account of `channel` may do on its host, found by doing it: a paused machine without a disk is started, and
 * its sockets are dialled. It ends with our connection, whatever happens to us. The last two findings are about an
 * account behind SSH; on this machine we are whoever runs the server.
 */
export async function checkRights(
  channel: HostChannel,
  options: { installationId?: string; clock?: Clock; rng?: Rng } = {},
): Promise<Finding[]> {
  const { clock = systemClock, rng = systemRng, installationId = 'none' } = options;
  const findings: Finding[] = [];
  const add = (right: Right, ok: boolean, error?: unknown): void => {
    const what = error === undefined ? right.what : `${right.what}: ${firstLine(error)}`;
    findings.push({ ...right, what, ok });
  };
  const dials = (path: string): Promise<{ ok: boolean; error?: unknown }> => opens(channel, path, clock);
  let client: Libvirt;
  try {
    client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: 'qemu:///system', clock, rng });
  } catch (error) {
    const reached = codeOf(error) === 'libvirt.authentication' && /polkit|auth/i.test(messageOf(error));
    add(reached ? rights.manage : rights.libvirt, false, error);
    return findings;
  }
  try {
    add(rights.libvirt, true);
    const id = rng.uuid();
    const { dom } = await client.call('domainCreateXml', {
      xmlDesc: idleXml(id, installationId),
      flags: constants.domainStart.paused | constants.domainStart.autodestroy,
    });
    add(rights.manage, true);
    const sockets = await socketsOf(client, dom);
    const console = await dials(sockets.console);
    add(rights.console, console.ok, console.error);
    const guest = await dials(sockets.channel);
    add(rights.channel, guest.ok, guest.error);
    if (channel.describe().startsWith('ssh:')) {
      add(rights.monitor, !(await dials(sockets.monitor)).ok);
      const answer = await channel.exec('true').catch(() => undefined);
      add(rights.shell, answer?.exitCode !== 0);
    }
    await client.call('domainDestroyFlags', { dom, flags: 0 });
  } catch (error) {
    add(rights.manage, false, error);
  } finally {
    await client.close();
  }
  return findings;
}

async function opens(
  channel: HostChannel,
  path: string,
  clock: Clock,
): Promise<{ ok: boolean; error?: unknown }> {
  const controller = new AbortController();
  const cancel = clock.after(DIAL_TIMEOUT_MS, () => controller.abort(new Error(`${path} does not answer`)));
  try {
    const socket = await channel.dialUnix(path, controller.signal);
    socket.on('error', () => {});
    socket.destroy();
    return { ok: true };
  } catch (error) {
    return { ok: false, error };
  } finally {
    cancel();
  }
}

async function socketsOf(
  client: Libvirt,
  dom: Domain,
): Promise<{ console: string; channel: string; monitor: string }> {
  const { xml } = await client.call('domainGetXmlDesc', { dom, flags: 0 });
  const devices = find(root(xml, 'domain'), 'devices');
  const graphics = find(devices, 'graphics');
  const console =
    attribute(graphics, 'socket') ?? attribute(childrenOf(graphics, 'listen')[0], 'socket') ?? '';
  // Console and monitor lie side by side in the machine's folder.
  const monitor = `${console.slice(0, console.lastIndexOf('/'))}/monitor.sock`;
  return { console, channel: attribute(find(devices, 'channel', 'source'), 'path') ?? '', monitor };
}

/** A machine that never runs: its sockets are all it is for. */
function idleXml(id: string, installationId: string): string {
  return buildXml([
    element('domain', { type: 'qemu' }, [
      element('name', {}, [`rights-${id.slice(0, 8)}`]),
      element('uuid', {}, [id]),
      element('metadata', {}, [markElement({ installationId, generation: 0, kind: 'probe', rowId: id })]),
      element('memory', { unit: 'MiB' }, ['16']),
      element('vcpu', {}, ['1']),
      element('os', {}, [element('type', { arch: 'x86_64', machine: 'q35' }, ['hvm'])]),
      element('devices', {}, [
        element('controller', { type: 'usb', model: 'none' }),
        element('channel', { type: 'unix' }, [
          element('source', { mode: 'bind' }),
          element('target', { type: 'virtio', name: 'org.orangery.rights.0' }),
        ]),
        element('graphics', { type: 'vnc' }, [element('listen', { type: 'socket' })]),
        element('video', {}, [element('model', { type: 'vga' })]),
        element('memballoon', { model: 'none' }),
      ]),
    ]),
  ]);
}
