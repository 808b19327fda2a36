import { remote } from './procedure.ts';
import { domain, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

const domainDiskError = xdr.struct({ disk: text, error: xdr.int });

/** A domain's disks: numbers, limits, and block jobs. */
export const domainBlockProcedures = {
  domainBlockStats: remote(
    64,
    { dom: domain, path: text },
    { rdReq: xdr.hyper, rdBytes: xdr.hyper, wrReq: xdr.hyper, wrBytes: xdr.hyper, errs: xdr.hyper },
  ),
  domainBlockStatsFlags: remote(
    243,
    { dom: domain, path: text, nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_BLOCK_STATS_PARAMETERS_MAX), nparams: xdr.int },
  ),
  domainGetBlockInfo: remote(
    194,
    { dom: domain, path: text, flags: xdr.flags },
    { allocation: xdr.uhyper, capacity: xdr.uhyper, physical: xdr.uhyper },
  ),
  domainGetDiskErrors: remote(
    263,
    { dom: domain, maxerrors: xdr.uint, flags: xdr.flags },
    { errors: xdr.array(domainDiskError, limits.DOMAIN_DISK_ERRORS_MAX), nerrors: xdr.int },
  ),
  domainBlockPeek: remote(
    103,
    { dom: domain, path: text, offset: xdr.uhyper, size: xdr.uint, flags: xdr.flags },
    { buffer: xdr.opaque(limits.DOMAIN_BLOCK_PEEK_BUFFER_MAX) },
  ),
  domainBlockResize: remote(251, { dom: domain, disk: text, size: xdr.uhyper, flags: xdr.flags }, {}),
  domainSetBlockIoTune: remote(
    252,
    {
      dom: domain,
      disk: text,
      params: xdr.array(xdr.typedParam, limits.DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX),
      flags: xdr.flags,
    },
    {},
  ),
  domainGetBlockIoTune: remote(
    253,
    { dom: domain, disk: xdr.optional(text), nparams: xdr.int, flags: xdr.flags },
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX), nparams: xdr.int },
  ),
  domainSetBlockThreshold: remote(
    386,
    { dom: domain, dev: text, threshold: xdr.uhyper, flags: xdr.flags },
    {},
  ),
  domainBlockCopy: remote(
    345,
    {
      dom: domain,
      path: text,
      destxml: text,
      params: xdr.array(xdr.typedParam, limits.DOMAIN_BLOCK_COPY_PARAMETERS_MAX),
      flags: xdr.flags,
    },
    {},
  ),
  domainBlockCommit: remote(
    290,
    {
      dom: domain,
      disk: text,
      base: xdr.optional(text),
      top: xdr.optional(text),
      bandwidth: xdr.uhyper,
      flags: xdr.flags,
    },
    {},
  ),
  domainBlockPull: remote(240, { dom: domain, path: text, bandwidth: xdr.uhyper, flags: xdr.flags }, {}),
  domainBlockRebase: remote(
    266,
    { dom: domain, path: text, base: xdr.optional(text), bandwidth: xdr.uhyper, flags: xdr.flags },
    {},
  ),
  domainBlockJobAbort: remote(237, { dom: domain, path: text, flags: xdr.flags }, {}, 'long'),
  domainBlockJobSetSpeed: remote(
    239,
    { dom: domain, path: text, bandwidth: xdr.uhyper, flags: xdr.flags },
    {},
  ),
  domainGetBlockJobInfo: remote(
    238,
    { dom: domain, path: text, flags: xdr.flags },
    { found: xdr.bool, type: xdr.int, bandwidth: xdr.uhyper, cur: xdr.uhyper, end: xdr.uhyper },
  ),
} as const;
