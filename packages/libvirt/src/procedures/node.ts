import { remote } from './procedure.ts';
import { nodeDevice, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

const nodeGetCpuStats = xdr.struct({ field: text, value: xdr.uhyper });
const nodeGetMemoryStats = xdr.struct({ field: text, value: xdr.uhyper });

/** The host: processors, memory, and its devices. */
export const nodeProcedures = {
  nodeGetInfo: remote(
    6,
    {},
    {
      model: xdr.fixedChars(32),
      memory: xdr.uhyper,
      cpus: xdr.int,
      mhz: xdr.int,
      nodes: xdr.int,
      sockets: xdr.int,
      cores: xdr.int,
      threads: xdr.int,
    },
  ),
  nodeGetCpuStats: remote(
    227,
    { cpuNum: xdr.int, nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(nodeGetCpuStats, limits.NODE_CPU_STATS_MAX), nparams: xdr.int },
  ),
  nodeGetMemoryStats: remote(
    228,
    { nparams: xdr.int, cellNum: xdr.int, flags: xdr.flags },
    { params: xdr.array(nodeGetMemoryStats, limits.NODE_MEMORY_STATS_MAX), nparams: xdr.int },
  ),
  nodeGetFreeMemory: remote(102, {}, { freeMem: xdr.uhyper }),
  nodeGetCellsFreeMemory: remote(
    101,
    { startCell: xdr.int, maxcells: xdr.int },
    { cells: xdr.array(xdr.uhyper, limits.NODE_MAX_CELLS) },
  ),
  nodeGetMemoryParameters: remote(
    289,
    { nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.NODE_MEMORY_PARAMETERS_MAX), nparams: xdr.int },
  ),
  nodeSetMemoryParameters: remote(
    288,
    { params: xdr.array(xdr.typedParam, limits.NODE_MEMORY_PARAMETERS_MAX), flags: xdr.flags },
    {},
  ),
  nodeGetCpuMap: remote(
    293,
    { needMap: xdr.int, needOnline: xdr.int, flags: xdr.flags },
    { cpumap: xdr.opaque(limits.CPUMAP_MAX), online: xdr.uint, ret: xdr.int },
  ),
  nodeGetFreePages: remote(
    340,
    {
      pages: xdr.array(xdr.uint, limits.NODE_MAX_CELLS),
      startCell: xdr.int,
      cellCount: xdr.uint,
      flags: xdr.flags,
    },
    { counts: xdr.array(xdr.uhyper, limits.NODE_MAX_CELLS) },
  ),
  nodeGetSecurityModel: remote(
    122,
    {},
    { model: xdr.chars(limits.SECURITY_MODEL_MAX), doi: xdr.chars(limits.SECURITY_DOI_MAX) },
  ),
  nodeDeviceLookupByName: remote(113, { name: text }, { dev: nodeDevice }),
  nodeDeviceGetXmlDesc: remote(114, { name: text, flags: xdr.flags }, { xml: text }),
  nodeDeviceGetParent: remote(115, { name: text }, { parentName: xdr.optional(text) }),
  nodeDeviceListCaps: remote(
    117,
    { name: text, maxnames: xdr.int },
    { names: xdr.array(text, limits.NODE_DEVICE_CAPS_LIST_MAX) },
  ),
  nodeDeviceDetachFlags: remote(301, { name: text, driverName: xdr.optional(text), flags: xdr.flags }, {}),
  nodeDeviceReAttach: remote(119, { name: text }, {}),
  nodeDeviceReset: remote(120, { name: text }, {}),
  nodeDeviceCreateXml: remote(123, { xmlDesc: text, flags: xdr.flags }, { dev: nodeDevice }),
  nodeDeviceDestroy: remote(124, { name: text }, {}),
  nodeDeviceDefineXml: remote(428, { xmlDesc: text, flags: xdr.flags }, { dev: nodeDevice }),
  nodeDeviceUndefine: remote(429, { name: text, flags: xdr.flags }, {}),
  nodeDeviceCreate: remote(430, { name: text, flags: xdr.flags }, {}),
  nodeDeviceSetAutostart: remote(434, { name: text, autostart: xdr.bool }, {}),
  nodeDeviceGetAutostart: remote(433, { name: text }, { autostart: xdr.bool }),
} as const;
