import { qemu, remote } from './procedure.ts';
import { domain, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

const domainFsinfo = xdr.struct({
  mountpoint: text,
  name: text,
  fstype: text,
  devAliases: xdr.array(text, limits.DOMAIN_FSINFO_DISKS_MAX),
});

/** What happens inside the guest: its agent, clock, file systems, and passwords; and QEMU's own monitor. */
export const guestProcedures = {
  domainGetTime: remote(
    337,
    { dom: domain, flags: xdr.flags },
    { seconds: xdr.hyper, nseconds: xdr.uint },
    'long',
  ),
  domainSetTime: remote(
    338,
    { dom: domain, seconds: xdr.hyper, nseconds: xdr.uint, flags: xdr.flags },
    {},
    'long',
  ),
  domainFsfreeze: remote(
    335,
    { dom: domain, mountpoints: xdr.array(text, limits.DOMAIN_FSFREEZE_MOUNTPOINTS_MAX), flags: xdr.flags },
    { filesystems: xdr.int },
    'long',
  ),
  domainFsthaw: remote(
    336,
    { dom: domain, mountpoints: xdr.array(text, limits.DOMAIN_FSFREEZE_MOUNTPOINTS_MAX), flags: xdr.flags },
    { filesystems: xdr.int },
    'long',
  ),
  domainFstrim: remote(
    294,
    { dom: domain, mountPoint: xdr.optional(text), minimum: xdr.uhyper, flags: xdr.flags },
    {},
    'long',
  ),
  domainGetFsinfo: remote(
    349,
    { dom: domain, flags: xdr.flags },
    { info: xdr.array(domainFsinfo, limits.DOMAIN_FSINFO_MAX), ret: xdr.uint },
    'long',
  ),
  domainGetGuestInfo: remote(
    418,
    { dom: domain, types: xdr.uint, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_GUEST_INFO_PARAMS_MAX) },
    'long',
  ),
  domainSetUserPassword: remote(
    357,
    { dom: domain, user: xdr.optional(text), password: xdr.optional(text), flags: xdr.flags },
    {},
    'long',
  ),
  domainGetGuestVcpus: remote(
    371,
    { dom: domain, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_GUEST_VCPU_PARAMS_MAX) },
  ),
  domainSetGuestVcpus: remote(372, { dom: domain, cpumap: text, state: xdr.int, flags: xdr.flags }, {}),
  domainAgentSetResponseTimeout: remote(
    420,
    { dom: domain, timeout: xdr.int, flags: xdr.flags },
    { result: xdr.int },
  ),
  domainAuthorizedSshKeysGet: remote(
    424,
    { dom: domain, user: text, flags: xdr.flags },
    { keys: xdr.array(text, limits.DOMAIN_AUTHORIZED_SSH_KEYS_MAX) },
  ),
  domainAuthorizedSshKeysSet: remote(
    425,
    {
      dom: domain,
      user: text,
      keys: xdr.array(text, limits.DOMAIN_AUTHORIZED_SSH_KEYS_MAX),
      flags: xdr.flags,
    },
    {},
  ),
  qemuDomainMonitorCommand: qemu(1, { dom: domain, cmd: text, flags: xdr.flags }, { result: text }),
  qemuDomainAgentCommand: qemu(
    3,
    { dom: domain, cmd: text, timeout: xdr.int, flags: xdr.flags },
    { result: xdr.optional(text) },
    'long',
  ),
  qemuDomainAttach: qemu(2, { pidValue: xdr.uint, flags: xdr.flags }, { dom: domain }),
} as const;
