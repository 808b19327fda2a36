import { remote } from './procedure.ts';
import { secret, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

/** Secrets: what a host needs to open encrypted or protected storage. */
export const secretProcedures = {
  secretLookupByUuid: remote(141, { uuid: xdr.uuid }, { secret }),
  secretLookupByUsage: remote(147, { usageType: xdr.int, usageID: text }, { secret }),
  secretDefineXml: remote(142, { xml: text, flags: xdr.flags }, { secret }),
  secretSetValue: remote(144, { secret, value: xdr.opaque(limits.SECRET_VALUE_MAX), flags: xdr.flags }, {}),
  secretGetValue: remote(145, { secret, flags: xdr.flags }, { value: xdr.opaque(limits.SECRET_VALUE_MAX) }),
  secretGetXmlDesc: remote(143, { secret, flags: xdr.flags }, { xml: text }),
  secretUndefine: remote(146, { secret }, {}),
} as const;
