import { STRING_BYTES_MAX } from '../wire/limits.ts';
import type { Out } from '../xdr/types.ts';
import * as xdr from '../xdr/xdr.ts';

/** What libvirt's calls name things by. A domain is known by its UUID; name and id are only carried along. */
export const text = xdr.string(STRING_BYTES_MAX);

/** `id` is -1 when the domain does not run. */
export const domain = xdr.struct({ name: text, uuid: xdr.uuid, id: xdr.int });
export const network = xdr.struct({ name: text, uuid: xdr.uuid });
export const networkPort = xdr.struct({ net: network, uuid: xdr.uuid });
export const nwfilter = xdr.struct({ name: text, uuid: xdr.uuid });
export const pool = xdr.struct({ name: text, uuid: xdr.uuid });
export const volume = xdr.struct({ pool: text, name: text, key: text });
export const hostInterface = xdr.struct({ name: text, mac: text });
export const nodeDevice = xdr.struct({ name: text });
export const secret = xdr.struct({ uuid: xdr.uuid, usageType: xdr.int, usageId: text });
export const checkpoint = xdr.struct({ name: text, dom: domain });
export const snapshot = xdr.struct({ name: text, dom: domain });

export type Domain = Out<typeof domain>;
export type Network = Out<typeof network>;
export type Nwfilter = Out<typeof nwfilter>;
export type StoragePool = Out<typeof pool>;
export type Volume = Out<typeof volume>;
export type NodeDevice = Out<typeof nodeDevice>;
export type Secret = Out<typeof secret>;
export type Checkpoint = Out<typeof checkpoint>;
export type Snapshot = Out<typeof snapshot>;
