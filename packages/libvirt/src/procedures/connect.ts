import { remote } from './procedure.ts';
import { domain, hostInterface, network, nodeDevice, nwfilter, pool, secret, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

const domainStatsRecord = xdr.struct({
  dom: domain,
  params: xdr.array(xdr.typedParam, limits.CONNECT_GET_ALL_DOMAIN_STATS_MAX),
});

/** The connection itself and what the host says of its hypervisor. */
export const connectProcedures = {
  authList: remote(66, {}, { types: xdr.array(xdr.int, limits.AUTH_TYPE_LIST_MAX) }),
  authPolkit: remote(70, {}, { complete: xdr.bool }),
  connectOpen: remote(1, { name: xdr.optional(text), flags: xdr.flags }, {}),
  connectClose: remote(2, {}, {}),
  connectSupportsFeature: remote(60, { feature: xdr.int }, { supported: xdr.bool }),
  connectGetType: remote(3, {}, { type: text }),
  connectGetVersion: remote(4, {}, { hvVer: xdr.uhyper }),
  connectGetLibVersion: remote(157, {}, { libVer: xdr.uhyper }),
  connectGetHostname: remote(59, {}, { hostname: text }),
  connectGetUri: remote(110, {}, { uri: text }),
  connectGetSysinfo: remote(203, { flags: xdr.flags }, { sysinfo: text }),
  connectGetMaxVcpus: remote(5, { type: xdr.optional(text) }, { maxVcpus: xdr.int }),
  connectGetCapabilities: remote(7, {}, { capabilities: text }, 'long'),
  connectGetDomainCapabilities: remote(
    342,
    {
      emulatorbin: xdr.optional(text),
      arch: xdr.optional(text),
      machine: xdr.optional(text),
      virttype: xdr.optional(text),
      flags: xdr.flags,
    },
    { capabilities: text },
    'long',
  ),
  connectGetStoragePoolCapabilities: remote(403, { flags: xdr.flags }, { capabilities: text }),
  connectGetCpuModelNames: remote(
    312,
    { arch: text, needResults: xdr.bool, flags: xdr.flags },
    { models: xdr.array(text, limits.CONNECT_CPU_MODELS_MAX), ret: xdr.int },
  ),
  connectBaselineCpu: remote(
    162,
    { xmlCPUs: xdr.array(text, limits.CPU_BASELINE_MAX), flags: xdr.flags },
    { cpu: text },
  ),
  connectBaselineHypervisorCpu: remote(
    394,
    {
      emulator: xdr.optional(text),
      arch: xdr.optional(text),
      machine: xdr.optional(text),
      virttype: xdr.optional(text),
      xmlCPUs: xdr.array(text, limits.CPU_BASELINE_MAX),
      flags: xdr.flags,
    },
    { cpu: text },
  ),
  connectCompareCpu: remote(158, { xml: text, flags: xdr.flags }, { result: xdr.int }),
  connectCompareHypervisorCpu: remote(
    393,
    {
      emulator: xdr.optional(text),
      arch: xdr.optional(text),
      machine: xdr.optional(text),
      virttype: xdr.optional(text),
      xmlCPU: text,
      flags: xdr.flags,
    },
    { result: xdr.int },
  ),
  connectIsSecure: remote(149, {}, { secure: xdr.bool }),
  connectListAllDomains: remote(
    273,
    { needResults: xdr.bool, flags: xdr.flags },
    { domains: xdr.array(domain, limits.DOMAIN_LIST_MAX), ret: xdr.uint },
  ),
  connectGetAllDomainStats: remote(
    344,
    { doms: xdr.array(domain, limits.DOMAIN_LIST_MAX), stats: xdr.uint, flags: xdr.flags },
    { retStats: xdr.array(domainStatsRecord, limits.DOMAIN_LIST_MAX) },
  ),
  connectListAllStoragePools: remote(
    281,
    { needResults: xdr.bool, flags: xdr.flags },
    { pools: xdr.array(pool, limits.STORAGE_POOL_LIST_MAX), ret: xdr.uint },
  ),
  connectListAllNetworks: remote(
    283,
    { needResults: xdr.bool, flags: xdr.flags },
    { nets: xdr.array(network, limits.NETWORK_LIST_MAX), ret: xdr.uint },
  ),
  connectListAllInterfaces: remote(
    284,
    { needResults: xdr.bool, flags: xdr.flags },
    { ifaces: xdr.array(hostInterface, limits.INTERFACE_LIST_MAX), ret: xdr.uint },
  ),
  connectListAllNodeDevices: remote(
    285,
    { needResults: xdr.bool, flags: xdr.flags },
    { devices: xdr.array(nodeDevice, limits.NODE_DEVICE_LIST_MAX), ret: xdr.uint },
  ),
  connectListAllNwfilters: remote(
    286,
    { needResults: xdr.bool, flags: xdr.flags },
    { filters: xdr.array(nwfilter, limits.NWFILTER_LIST_MAX), ret: xdr.uint },
  ),
  connectListAllSecrets: remote(
    287,
    { needResults: xdr.bool, flags: xdr.flags },
    { secrets: xdr.array(secret, limits.SECRET_LIST_MAX), ret: xdr.uint },
  ),
  connectFindStoragePoolSources: remote(
    75,
    { type: text, srcSpec: xdr.optional(text), flags: xdr.flags },
    { xml: text },
  ),
  connectDomainEventCallbackRegisterAny: remote(
    316,
    { eventId: xdr.int, dom: xdr.optional(domain) },
    { callbackId: xdr.int },
  ),
  connectDomainEventCallbackDeregisterAny: remote(317, { callbackId: xdr.int }, {}),
  connectDomainXmlFromNative: remote(
    135,
    { nativeFormat: text, nativeConfig: text, flags: xdr.flags },
    { domainXml: text },
  ),
  connectDomainXmlToNative: remote(
    136,
    { nativeFormat: text, domainXml: text, flags: xdr.flags },
    { nativeConfig: text },
  ),
  connectNumOfDomains: remote(51, {}, { num: xdr.int }),
} as const;
