import { remote } from './procedure.ts';
import { domain, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

/** Migration (protocol 3 with parameters) and the jobs of a domain. */
export const domainMigrateProcedures = {
  domainMigrateBegin3Params: remote(
    302,
    {
      dom: domain,
      params: xdr.array(xdr.typedParam, limits.DOMAIN_MIGRATE_PARAM_LIST_MAX),
      flags: xdr.flags,
    },
    { cookieOut: xdr.opaque(limits.MIGRATE_COOKIE_MAX), xml: text },
    'long',
  ),
  domainMigratePrepare3Params: remote(
    303,
    {
      params: xdr.array(xdr.typedParam, limits.DOMAIN_MIGRATE_PARAM_LIST_MAX),
      cookieIn: xdr.opaque(limits.MIGRATE_COOKIE_MAX),
      flags: xdr.flags,
    },
    { cookieOut: xdr.opaque(limits.MIGRATE_COOKIE_MAX), uriOut: xdr.optional(text) },
    'long',
  ),
  domainMigratePerform3Params: remote(
    305,
    {
      dom: domain,
      dconnuri: xdr.optional(text),
      params: xdr.array(xdr.typedParam, limits.DOMAIN_MIGRATE_PARAM_LIST_MAX),
      cookieIn: xdr.opaque(limits.MIGRATE_COOKIE_MAX),
      flags: xdr.flags,
    },
    { cookieOut: xdr.opaque(limits.MIGRATE_COOKIE_MAX) },
    'long',
  ),
  domainMigrateFinish3Params: remote(
    306,
    {
      params: xdr.array(xdr.typedParam, limits.DOMAIN_MIGRATE_PARAM_LIST_MAX),
      cookieIn: xdr.opaque(limits.MIGRATE_COOKIE_MAX),
      flags: xdr.flags,
      cancelled: xdr.bool,
    },
    { dom: domain, cookieOut: xdr.opaque(limits.MIGRATE_COOKIE_MAX) },
    'long',
  ),
  domainMigrateConfirm3Params: remote(
    307,
    {
      dom: domain,
      params: xdr.array(xdr.typedParam, limits.DOMAIN_MIGRATE_PARAM_LIST_MAX),
      cookieIn: xdr.opaque(limits.MIGRATE_COOKIE_MAX),
      flags: xdr.flags,
      cancelled: xdr.bool,
    },
    {},
    'long',
  ),
  domainMigrateSetMaxDowntime: remote(166, { dom: domain, downtime: xdr.uhyper, flags: xdr.flags }, {}),
  domainMigrateGetMaxDowntime: remote(387, { dom: domain, flags: xdr.flags }, { downtime: xdr.uhyper }),
  domainMigrateSetMaxSpeed: remote(207, { dom: domain, bandwidth: xdr.uhyper, flags: xdr.flags }, {}),
  domainMigrateGetMaxSpeed: remote(242, { dom: domain, flags: xdr.flags }, { bandwidth: xdr.uhyper }),
  domainMigrateStartPostCopy: remote(364, { dom: domain, flags: xdr.flags }, {}),
  domainGetJobInfo: remote(
    163,
    { dom: domain },
    {
      type: xdr.int,
      timeElapsed: xdr.uhyper,
      timeRemaining: xdr.uhyper,
      dataTotal: xdr.uhyper,
      dataProcessed: xdr.uhyper,
      dataRemaining: xdr.uhyper,
      memTotal: xdr.uhyper,
      memProcessed: xdr.uhyper,
      memRemaining: xdr.uhyper,
      fileTotal: xdr.uhyper,
      fileProcessed: xdr.uhyper,
      fileRemaining: xdr.uhyper,
    },
  ),
  domainGetJobStats: remote(
    298,
    { dom: domain, flags: xdr.flags },
    { type: xdr.int, params: xdr.array(xdr.typedParam, limits.DOMAIN_JOB_STATS_MAX) },
  ),
  domainAbortJob: remote(164, { dom: domain }, {}),
  domainAbortJobFlags: remote(442, { dom: domain, flags: xdr.flags }, {}),
} as const;
