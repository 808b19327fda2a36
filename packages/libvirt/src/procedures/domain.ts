import { remote } from './procedure.ts';
import { domain, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

/** A domain's definition, life, and state. */
export const domainProcedures = {
  domainLookupById: remote(22, { id: xdr.int }, { dom: domain }),
  domainLookupByName: remote(23, { name: text }, { dom: domain }),
  domainLookupByUuid: remote(24, { uuid: xdr.uuid }, { dom: domain }),
  domainDefineXml: remote(11, { xml: text }, { dom: domain }, 'long'),
  domainDefineXmlFlags: remote(350, { xml: text, flags: xdr.flags }, { dom: domain }, 'long'),
  domainCreate: remote(9, { dom: domain }, {}, 'long'),
  domainCreateXml: remote(10, { xmlDesc: text, flags: xdr.flags }, { dom: domain }, 'long'),
  domainCreateWithFlags: remote(196, { dom: domain, flags: xdr.flags }, { dom: domain }, 'long'),
  domainUndefineFlags: remote(231, { dom: domain, flags: xdr.flags }, {}),
  domainRename: remote(
    358,
    { dom: domain, newName: xdr.optional(text), flags: xdr.flags },
    { retcode: xdr.int },
  ),
  domainGetXmlDesc: remote(14, { dom: domain, flags: xdr.flags }, { xml: text }),
  domainGetState: remote(212, { dom: domain, flags: xdr.flags }, { state: xdr.int, reason: xdr.int }),
  domainGetInfo: remote(
    16,
    { dom: domain },
    { state: xdr.uint, maxMem: xdr.uhyper, memory: xdr.uhyper, nrVirtCpu: xdr.uint, cpuTime: xdr.uhyper },
  ),
  domainGetControlInfo: remote(
    229,
    { dom: domain, flags: xdr.flags },
    { state: xdr.uint, details: xdr.uint, stateTime: xdr.uhyper },
  ),
  domainIsActive: remote(150, { dom: domain }, { active: xdr.bool }),
  domainIsPersistent: remote(151, { dom: domain }, { persistent: xdr.bool }),
  domainIsUpdated: remote(202, { dom: domain }, { updated: xdr.bool }),
  domainGetOsType: remote(19, { dom: domain }, { type: text }),
  domainGetHostname: remote(277, { dom: domain, flags: xdr.flags }, { hostname: text }),
  domainGetAutostart: remote(15, { dom: domain }, { autostart: xdr.bool }),
  domainSetAutostart: remote(29, { dom: domain, autostart: xdr.bool }, {}),
  domainSetMetadata: remote(
    264,
    {
      dom: domain,
      type: xdr.int,
      metadata: xdr.optional(text),
      key: xdr.optional(text),
      uri: xdr.optional(text),
      flags: xdr.flags,
    },
    {},
  ),
  domainGetMetadata: remote(
    265,
    { dom: domain, type: xdr.int, uri: xdr.optional(text), flags: xdr.flags },
    { metadata: text },
  ),
  domainGetMessages: remote(
    426,
    { dom: domain, flags: xdr.flags },
    { msgs: xdr.array(text, limits.DOMAIN_MESSAGES_MAX) },
  ),
  domainSuspend: remote(34, { dom: domain }, {}),
  domainResume: remote(28, { dom: domain }, {}),
  domainShutdown: remote(33, { dom: domain }, {}),
  domainShutdownFlags: remote(258, { dom: domain, flags: xdr.flags }, {}),
  domainDestroy: remote(12, { dom: domain }, {}),
  domainDestroyFlags: remote(234, { dom: domain, flags: xdr.flags }, {}, 'long'),
  domainReboot: remote(27, { dom: domain, flags: xdr.flags }, {}),
  domainReset: remote(245, { dom: domain, flags: xdr.flags }, {}),
  domainSetLifecycleAction: remote(
    390,
    { dom: domain, type: xdr.uint, action: xdr.uint, flags: xdr.flags },
    {},
  ),
  domainPmSuspendForDuration: remote(
    261,
    { dom: domain, target: xdr.uint, duration: xdr.uhyper, flags: xdr.flags },
    {},
  ),
  domainPmWakeup: remote(267, { dom: domain, flags: xdr.flags }, {}),
  domainInjectNmi: remote(210, { dom: domain, flags: xdr.flags }, {}),
  domainScreenshot: remote(
    211,
    { dom: domain, screen: xdr.uint, flags: xdr.flags },
    { mime: xdr.optional(text) },
    'download',
  ),
  domainSendKey: remote(
    226,
    {
      dom: domain,
      codeset: xdr.uint,
      holdtime: xdr.uint,
      keycodes: xdr.array(xdr.uint, limits.DOMAIN_SEND_KEY_MAX),
      flags: xdr.flags,
    },
    {},
  ),
  domainOpenConsole: remote(
    201,
    { dom: domain, devName: xdr.optional(text), flags: xdr.flags },
    {},
    'duplex',
  ),
  domainOpenChannel: remote(296, { dom: domain, name: xdr.optional(text), flags: xdr.flags }, {}, 'duplex'),
  domainCoreDumpWithFormat: remote(
    334,
    { dom: domain, to: text, dumpformat: xdr.uint, flags: xdr.flags },
    {},
    'long',
  ),
  domainGetLaunchSecurityInfo: remote(
    396,
    { dom: domain, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX) },
  ),
  domainGetSecurityLabel: remote(
    121,
    { dom: domain },
    { label: xdr.chars(limits.SECURITY_LABEL_MAX), enforcing: xdr.bool },
  ),
} as const;
