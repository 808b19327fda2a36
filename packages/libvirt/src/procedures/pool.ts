import { remote } from './procedure.ts';
import { pool, text, volume } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

/** Storage pools. */
export const poolProcedures = {
  storagePoolLookupByName: remote(84, { name: text }, { pool }),
  storagePoolLookupByUuid: remote(85, { uuid: xdr.uuid }, { pool }),
  storagePoolLookupByVolume: remote(86, { vol: volume }, { pool }),
  storagePoolLookupByTargetPath: remote(391, { path: text }, { pool }),
  storagePoolDefineXml: remote(77, { xml: text, flags: xdr.flags }, { pool }),
  storagePoolCreateXml: remote(76, { xml: text, flags: xdr.flags }, { pool }, 'long'),
  storagePoolBuild: remote(79, { pool, flags: xdr.flags }, {}, 'long'),
  storagePoolCreate: remote(78, { pool, flags: xdr.flags }, {}, 'long'),
  storagePoolDestroy: remote(80, { pool }, {}),
  storagePoolDelete: remote(81, { pool, flags: xdr.flags }, {}, 'long'),
  storagePoolUndefine: remote(82, { pool }, {}),
  storagePoolRefresh: remote(83, { pool, flags: xdr.flags }, {}, 'long'),
  storagePoolGetInfo: remote(
    87,
    { pool },
    { state: xdr.uint, capacity: xdr.uhyper, allocation: xdr.uhyper, available: xdr.uhyper },
  ),
  storagePoolGetXmlDesc: remote(88, { pool, flags: xdr.flags }, { xml: text }),
  storagePoolGetAutostart: remote(89, { pool }, { autostart: xdr.bool }),
  storagePoolSetAutostart: remote(90, { pool, autostart: xdr.bool }, {}),
  storagePoolIsActive: remote(154, { pool }, { active: xdr.bool }),
  storagePoolIsPersistent: remote(155, { pool }, { persistent: xdr.bool }),
  storagePoolNumOfVolumes: remote(91, { pool }, { num: xdr.int }),
  storagePoolListAllVolumes: remote(
    282,
    { pool, needResults: xdr.bool, flags: xdr.flags },
    { vols: xdr.array(volume, limits.STORAGE_VOL_LIST_MAX), ret: xdr.uint },
  ),
} as const;
