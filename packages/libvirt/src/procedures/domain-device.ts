import { remote } from './procedure.ts';
import { domain, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

const vcpuInfo = xdr.struct({ number: xdr.uint, state: xdr.int, cpuTime: xdr.uhyper, cpu: xdr.int });
const domainMemoryStat = xdr.struct({ tag: xdr.int, val: xdr.uhyper });
const domainIpAddr = xdr.struct({ type: xdr.int, addr: text, prefix: xdr.uint });
const domainInterface = xdr.struct({
  name: text,
  hwaddr: xdr.optional(text),
  addrs: xdr.array(domainIpAddr, limits.DOMAIN_IP_ADDR_MAX),
});

/** A domain's devices and resources: attach, detach, sizes, and limits. */
export const domainDeviceProcedures = {
  domainAttachDeviceFlags: remote(160, { dom: domain, xml: text, flags: xdr.flags }, {}),
  domainDetachDeviceFlags: remote(161, { dom: domain, xml: text, flags: xdr.flags }, {}),
  domainDetachDeviceAlias: remote(392, { dom: domain, alias: text, flags: xdr.flags }, {}),
  domainUpdateDeviceFlags: remote(174, { dom: domain, xml: text, flags: xdr.flags }, {}),
  domainGetMaxMemory: remote(17, { dom: domain }, { memory: xdr.uhyper }),
  domainSetMemoryFlags: remote(204, { dom: domain, memory: xdr.uhyper, flags: xdr.flags }, {}),
  domainSetMemoryStatsPeriod: remote(308, { dom: domain, period: xdr.int, flags: xdr.flags }, {}),
  domainGetVcpusFlags: remote(200, { dom: domain, flags: xdr.flags }, { num: xdr.int }),
  domainSetVcpusFlags: remote(199, { dom: domain, nvcpus: xdr.uint, flags: xdr.flags }, {}),
  domainGetVcpus: remote(
    20,
    { dom: domain, maxinfo: xdr.int, maplen: xdr.int },
    { info: xdr.array(vcpuInfo, limits.VCPUINFO_MAX), cpumaps: xdr.opaque(limits.CPUMAPS_MAX) },
  ),
  domainGetMaxVcpus: remote(18, { dom: domain }, { num: xdr.int }),
  domainPinVcpuFlags: remote(
    225,
    { dom: domain, vcpu: xdr.uint, cpumap: xdr.opaque(limits.CPUMAP_MAX), flags: xdr.flags },
    {},
  ),
  domainGetVcpuPinInfo: remote(
    230,
    { dom: domain, ncpumaps: xdr.int, maplen: xdr.int, flags: xdr.flags },
    { cpumaps: xdr.opaque(limits.CPUMAPS_MAX), num: xdr.int },
  ),
  domainSetVcpu: remote(384, { dom: domain, cpumap: text, state: xdr.int, flags: xdr.flags }, {}),
  domainPinEmulator: remote(
    279,
    { dom: domain, cpumap: xdr.opaque(limits.CPUMAP_MAX), flags: xdr.flags },
    {},
  ),
  domainGetSchedulerType: remote(56, { dom: domain }, { type: text, nparams: xdr.int }),
  domainGetSchedulerParametersFlags: remote(
    223,
    { dom: domain, nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_SCHEDULER_PARAMETERS_MAX) },
  ),
  domainSetSchedulerParametersFlags: remote(
    219,
    {
      dom: domain,
      params: xdr.array(xdr.typedParam, limits.DOMAIN_SCHEDULER_PARAMETERS_MAX),
      flags: xdr.flags,
    },
    {},
  ),
  domainGetBlkioParameters: remote(
    206,
    { dom: domain, nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_BLKIO_PARAMETERS_MAX), nparams: xdr.int },
  ),
  domainSetBlkioParameters: remote(
    205,
    { dom: domain, params: xdr.array(xdr.typedParam, limits.DOMAIN_BLKIO_PARAMETERS_MAX), flags: xdr.flags },
    {},
  ),
  domainGetMemoryParameters: remote(
    198,
    { dom: domain, nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_MEMORY_PARAMETERS_MAX), nparams: xdr.int },
  ),
  domainSetMemoryParameters: remote(
    197,
    { dom: domain, params: xdr.array(xdr.typedParam, limits.DOMAIN_MEMORY_PARAMETERS_MAX), flags: xdr.flags },
    {},
  ),
  domainGetNumaParameters: remote(
    255,
    { dom: domain, nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_NUMA_PARAMETERS_MAX), nparams: xdr.int },
  ),
  domainSetNumaParameters: remote(
    254,
    { dom: domain, params: xdr.array(xdr.typedParam, limits.DOMAIN_NUMA_PARAMETERS_MAX), flags: xdr.flags },
    {},
  ),
  domainGetInterfaceParameters: remote(
    257,
    { dom: domain, device: text, nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_INTERFACE_PARAMETERS_MAX), nparams: xdr.int },
  ),
  domainSetInterfaceParameters: remote(
    256,
    {
      dom: domain,
      device: text,
      params: xdr.array(xdr.typedParam, limits.DOMAIN_INTERFACE_PARAMETERS_MAX),
      flags: xdr.flags,
    },
    {},
  ),
  domainMemoryStats: remote(
    159,
    { dom: domain, maxStats: xdr.uint, flags: xdr.flags },
    { stats: xdr.array(domainMemoryStat, limits.DOMAIN_MEMORY_STATS_MAX) },
  ),
  domainGetCpuStats: remote(
    262,
    { dom: domain, nparams: xdr.uint, startCpu: xdr.int, ncpus: xdr.uint, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_GET_CPU_STATS_MAX), nparams: xdr.int },
  ),
  domainInterfaceStats: remote(
    65,
    { dom: domain, device: text },
    {
      rxBytes: xdr.hyper,
      rxPackets: xdr.hyper,
      rxErrs: xdr.hyper,
      rxDrop: xdr.hyper,
      txBytes: xdr.hyper,
      txPackets: xdr.hyper,
      txErrs: xdr.hyper,
      txDrop: xdr.hyper,
    },
  ),
  domainInterfaceAddresses: remote(
    353,
    { dom: domain, source: xdr.uint, flags: xdr.flags },
    { ifaces: xdr.array(domainInterface, limits.DOMAIN_INTERFACE_MAX) },
  ),
  domainMemoryPeek: remote(
    104,
    { dom: domain, offset: xdr.uhyper, size: xdr.uint, flags: xdr.flags },
    { buffer: xdr.opaque(limits.DOMAIN_MEMORY_PEEK_BUFFER_MAX) },
  ),
} as const;
