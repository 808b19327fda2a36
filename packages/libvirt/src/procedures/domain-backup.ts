import { remote } from './procedure.ts';
import { checkpoint, domain, snapshot, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

/** Backups, checkpoints, and snapshots. */
export const domainBackupProcedures = {
  domainBackupBegin: remote(
    421,
    { dom: domain, backupXml: text, checkpointXml: xdr.optional(text), flags: xdr.flags },
    {},
    'long',
  ),
  domainBackupGetXmlDesc: remote(422, { dom: domain, flags: xdr.flags }, { xml: text }),
  domainCheckpointCreateXml: remote(411, { dom: domain, xmlDesc: text, flags: xdr.flags }, { checkpoint }),
  domainCheckpointGetXmlDesc: remote(412, { checkpoint, flags: xdr.flags }, { xml: text }),
  domainListAllCheckpoints: remote(
    413,
    { dom: domain, needResults: xdr.bool, flags: xdr.flags },
    { checkpoints: xdr.array(checkpoint, limits.DOMAIN_CHECKPOINT_LIST_MAX), ret: xdr.int },
  ),
  domainCheckpointListAllChildren: remote(
    414,
    { checkpoint, needResults: xdr.bool, flags: xdr.flags },
    { checkpoints: xdr.array(checkpoint, limits.DOMAIN_CHECKPOINT_LIST_MAX), ret: xdr.int },
  ),
  domainCheckpointLookupByName: remote(415, { dom: domain, name: text, flags: xdr.flags }, { checkpoint }),
  domainCheckpointGetParent: remote(416, { checkpoint, flags: xdr.flags }, { parent: checkpoint }),
  domainCheckpointDelete: remote(417, { checkpoint, flags: xdr.flags }, {}, 'long'),
  domainSnapshotCreateXml: remote(
    185,
    { dom: domain, xmlDesc: text, flags: xdr.flags },
    { snap: snapshot },
    'long',
  ),
  domainSnapshotGetXmlDesc: remote(186, { snap: snapshot, flags: xdr.flags }, { xml: text }),
  domainSnapshotLookupByName: remote(189, { dom: domain, name: text, flags: xdr.flags }, { snap: snapshot }),
  domainSnapshotCurrent: remote(191, { dom: domain, flags: xdr.flags }, { snap: snapshot }),
  domainHasCurrentSnapshot: remote(190, { dom: domain, flags: xdr.flags }, { result: xdr.int }),
  domainSnapshotGetParent: remote(244, { snap: snapshot, flags: xdr.flags }, { snap: snapshot }),
  domainSnapshotDelete: remote(193, { snap: snapshot, flags: xdr.flags }, {}, 'long'),
  domainRevertToSnapshot: remote(192, { snap: snapshot, flags: xdr.flags }, {}, 'long'),
  domainListAllSnapshots: remote(
    274,
    { dom: domain, needResults: xdr.bool, flags: xdr.flags },
    { snapshots: xdr.array(snapshot, limits.DOMAIN_SNAPSHOT_LIST_MAX), ret: xdr.int },
  ),
} as const;
