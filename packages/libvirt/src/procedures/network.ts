import { remote } from './procedure.ts';
import { network, networkPort, nwfilter, text } from './objects.ts';
import * as limits from './limits.ts';
import * as xdr from '../xdr/xdr.ts';

const networkDhcpLease = xdr.struct({
  iface: text,
  expirytime: xdr.hyper,
  type: xdr.int,
  mac: xdr.optional(text),
  iaid: xdr.optional(text),
  ipaddr: text,
  prefix: xdr.uint,
  hostname: xdr.optional(text),
  clientid: xdr.optional(text),
});

/** Networks, their ports and leases, and network filters. */
export const networkProcedures = {
  networkLookupByName: remote(46, { name: text }, { net: network }),
  networkLookupByUuid: remote(47, { uuid: xdr.uuid }, { net: network }),
  networkDefineXml: remote(41, { xml: text }, { net: network }),
  networkDefineXmlFlags: remote(432, { xml: text, flags: xdr.flags }, { net: network }),
  networkCreateXml: remote(40, { xml: text }, { net: network }),
  networkCreate: remote(39, { net: network }, {}),
  networkDestroy: remote(42, { net: network }, {}),
  networkUndefine: remote(49, { net: network }, {}),
  networkGetXmlDesc: remote(43, { net: network, flags: xdr.flags }, { xml: text }),
  networkGetBridgeName: remote(45, { net: network }, { name: text }),
  networkGetAutostart: remote(44, { net: network }, { autostart: xdr.bool }),
  networkSetAutostart: remote(48, { net: network, autostart: xdr.bool }, {}),
  networkIsActive: remote(152, { net: network }, { active: xdr.bool }),
  networkIsPersistent: remote(153, { net: network }, { persistent: xdr.bool }),
  networkGetDhcpLeases: remote(
    341,
    { net: network, mac: xdr.optional(text), needResults: xdr.bool, flags: xdr.flags },
    { leases: xdr.array(networkDhcpLease, limits.NETWORK_DHCP_LEASES_MAX), ret: xdr.uint },
  ),
  networkUpdate: remote(
    291,
    { net: network, command: xdr.uint, section: xdr.uint, parentIndex: xdr.int, xml: text, flags: xdr.flags },
    {},
  ),
  networkListAllPorts: remote(
    404,
    { network, needResults: xdr.bool, flags: xdr.flags },
    { ports: xdr.array(networkPort, limits.NETWORK_PORT_LIST_MAX), ret: xdr.uint },
  ),
  nwfilterLookupByName: remote(175, { name: text }, { nwfilter }),
  nwfilterLookupByUuid: remote(176, { uuid: xdr.uuid }, { nwfilter }),
  nwfilterDefineXml: remote(180, { xml: text }, { nwfilter }),
  nwfilterUndefine: remote(181, { nwfilter }, {}),
  nwfilterGetXmlDesc: remote(177, { nwfilter, flags: xdr.flags }, { xml: text }),
} as const;
