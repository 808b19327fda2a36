import { remote } from './procedure.ts';
import { domain, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

/** Saved memory: save files and managed saves. */
export const domainSaveProcedures = {
  domainSave: remote(55, { dom: domain, to: text }, {}, 'long'),
  domainSaveFlags: remote(
    232,
    { dom: domain, to: text, dxml: xdr.optional(text), flags: xdr.flags },
    {},
    'long',
  ),
  domainSaveParams: remote(
    440,
    { dom: domain, params: xdr.array(xdr.typedParam, limits.DOMAIN_SAVE_PARAMS_MAX), flags: xdr.flags },
    {},
    'long',
  ),
  domainRestore: remote(54, { from: text }, {}, 'long'),
  domainRestoreFlags: remote(233, { from: text, dxml: xdr.optional(text), flags: xdr.flags }, {}, 'long'),
  domainRestoreParams: remote(
    441,
    { params: xdr.array(xdr.typedParam, limits.DOMAIN_SAVE_PARAMS_MAX), flags: xdr.flags },
    {},
    'long',
  ),
  domainSaveImageGetXmlDesc: remote(235, { file: text, flags: xdr.flags }, { xml: text }),
  domainSaveImageDefineXml: remote(236, { file: text, dxml: text, flags: xdr.flags }, {}),
  domainManagedSave: remote(182, { dom: domain, flags: xdr.flags }, {}, 'long'),
  domainHasManagedSaveImage: remote(183, { dom: domain, flags: xdr.flags }, { result: xdr.int }),
  domainManagedSaveRemove: remote(184, { dom: domain, flags: xdr.flags }, {}),
  domainManagedSaveGetXmlDesc: remote(388, { dom: domain, flags: xdr.flags }, { xml: text }),
  domainManagedSaveDefineXml: remote(389, { dom: domain, dxml: xdr.optional(text), flags: xdr.flags }, {}),
} as const;
