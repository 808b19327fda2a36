export type { CallOptions } from './call.ts';
export type { ExecOptions, ExecResult, HostChannel } from './channel/channel.ts';
export {
  type Dial,
  dialLibvirt,
  dialTcp,
  dialTls,
  LIBVIRT_SOCKETS,
  type TlsOptions,
} from './channel/dial.ts';
export { LocalChannel } from './channel/local.ts';
export { fingerprintOf, type HostKey, SshChannel, type SshOptions } from './channel/ssh.ts';
export { type ClientState, Libvirt } from './client.ts';
export { type ClientErrorName, LibvirtError, type LibvirtErrorCode } from './errors.ts';
export { errorNumbers } from './error-numbers.ts';
export type { Events } from './events.ts';
export type { KeepaliveTimes } from './keepalive.ts';
export { constants } from './constants.ts';
export { driverUri } from './open.ts';
export type { LibvirtOptions } from './options.ts';
export { type DomainEvent, type DomainEventName, domainEvents } from './procedures/domain-events.ts';
export type {
  Checkpoint,
  Domain,
  Network,
  NodeDevice,
  Nwfilter,
  Secret,
  Snapshot,
  StoragePool,
  Volume,
} from './procedures/objects.ts';
export {
  type ArgsOf,
  type DownloadName,
  type ProcedureName,
  procedures,
  type ResultOf,
  type UploadName,
} from './procedures/table.ts';
export type { StreamOptions } from './streams.ts';
export { paramsToObject, type ParamValue, type TypedParam } from './xdr/typed-param.ts';
