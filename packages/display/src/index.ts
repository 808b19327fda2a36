export { deliver, type Delivered, type DeliverOptions } from './deliver.ts';
export { RELAY_ENDS, type RelayEnd, type RelayEndCode } from './ends.ts';
export { FRAME_BYTES_MAX, RELAY_LIMITS, type RelayLimits } from './limits.ts';
export { type Opening, readOpening, refuse } from './opening.ts';
export { type Relay, relay, type RelayFigures, type RelayOptions, type RelayPolicy } from './relay.ts';
export { type Socket, WEB_SOCKET_OPTIONS } from './web-socket.ts';
export { Encoder } from './stream/encoder.ts';
export { Packer } from './stream/packer.ts';
export { createPicture, type Picture } from './stream/picture.ts';
export { ThreadPool } from './threads/pool.ts';
export {
  type ClientControl,
  DISPLAY_PROTOCOL,
  encodeControl,
  type NoticeCode,
  parseClientControl,
  parseServerControl,
  type ServerControl,
} from './wire.ts';
