import { remote } from './procedure.ts';
import { pool, text, volume } from './objects.ts';
import * as xdr from '../xdr/xdr.ts';

/** Volumes of storage pools. */
export const volumeProcedures = {
  storageVolLookupByName: remote(95, { pool, name: text }, { vol: volume }),
  storageVolLookupByKey: remote(96, { key: text }, { vol: volume }),
  storageVolLookupByPath: remote(97, { path: text }, { vol: volume }),
  storageVolCreateXml: remote(93, { pool, xml: text, flags: xdr.flags }, { vol: volume }, 'long'),
  storageVolCreateXmlFrom: remote(
    125,
    { pool, xml: text, clonevol: volume, flags: xdr.flags },
    { vol: volume },
    'long',
  ),
  storageVolDelete: remote(94, { vol: volume, flags: xdr.flags }, {}, 'long'),
  storageVolWipe: remote(165, { vol: volume, flags: xdr.flags }, {}, 'long'),
  storageVolWipePattern: remote(259, { vol: volume, algorithm: xdr.uint, flags: xdr.flags }, {}, 'long'),
  storageVolResize: remote(260, { vol: volume, capacity: xdr.uhyper, flags: xdr.flags }, {}, 'long'),
  storageVolGetInfo: remote(
    98,
    { vol: volume },
    { type: xdr.int, capacity: xdr.uhyper, allocation: xdr.uhyper },
  ),
  storageVolGetInfoFlags: remote(
    378,
    { vol: volume, flags: xdr.flags },
    { type: xdr.int, capacity: xdr.uhyper, allocation: xdr.uhyper },
  ),
  storageVolGetXmlDesc: remote(99, { vol: volume, flags: xdr.flags }, { xml: text }),
  storageVolGetPath: remote(100, { vol: volume }, { name: text }),
  storageVolUpload: remote(
    208,
    { vol: volume, offset: xdr.uhyper, length: xdr.uhyper, flags: xdr.flags },
    {},
    'upload',
  ),
  storageVolDownload: remote(
    209,
    { vol: volume, offset: xdr.uhyper, length: xdr.uhyper, flags: xdr.flags },
    {},
    'download',
  ),
} as const;
