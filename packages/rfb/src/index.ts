export { ByteQueue } from './byte-queue.ts';
export {
  encodeKeyEvent,
  encodePointerEvent,
  encodeQemuAudioOff,
  encodeQemuKeyEvent,
  encodeSetDesktopSize,
  encodeSetEncodings,
  encodeSetPixelFormat,
  encodeUpdateRequest,
  pixelFormatBgrx,
} from './client-encode.ts';
export {
  type ClientMessage,
  CLIENT_STRUCTS,
  isFrameSize,
  type Rect,
  type Screen,
} from './client-messages.ts';
export { type ClientEvent, ClientParser, type ClientPhase, type ClientRefusal } from './client-parser.ts';
export {
  type Colour,
  copyRows,
  createFrame,
  drawRows,
  type Frame,
  frameToPng,
  isDesktopPainted,
  type Paintedness,
  paintedness,
  pixelAt,
} from './frame.ts';
export { CUT_TEXT_BYTES_MAX, FRAME_PIXELS_MAX, FRAME_SIDE_MAX } from './limits.ts';
export { RfbClient } from './rfb-client.ts';
export {
  encodeEndOfContinuousUpdates,
  encodeExtendedDesktopSize,
  encodeQemuAudioAcknowledged,
  encodeRawRect,
  encodeRectHead,
  encodeServerFence,
  encodeUpdateHead,
  SERVER_HANDSHAKE,
} from './server-encode.ts';
export { type ServerEvent, type ServerInit, ServerParser, type ServerStage } from './server-parser.ts';
export { CLIENT_MESSAGE, ENCODING, QEMU_AUDIO, QEMU_SUBTYPE, SERVER_MESSAGE } from './tables.ts';
export {
  DELIVERY_ENCODINGS,
  type ResizeOutcome,
  type RfbClientOptions,
  type Update,
  VIEWER_ENCODINGS,
} from './viewing.ts';
