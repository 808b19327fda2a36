import type { ServerOptions, WebSocket } from 'ws';
import { FRAME_BYTES_MAX } from './limits.ts';
import { DISPLAY_PROTOCOL } from './wire.ts';

/**
 * How the WebSocket server must be set up: no compression (the picture is compressed already, and a zlib
 * context costs some 300 KiB a session), a bounded message, our own subprotocol or none.
 */
export const WEB_SOCKET_OPTIONS = {
  perMessageDeflate: false,
  maxPayload: FRAME_BYTES_MAX,
  clientTracking: false,
  handleProtocols: (protocols: Set<string>) => (protocols.has(DISPLAY_PROTOCOL) ? DISPLAY_PROTOCOL : false),
} as const satisfies ServerOptions;

/** The larger part of a `ws` WebSocket that is used here, so that tests can stand in for it. */
export type Socket = Pick<
  WebSocket,
  | 'bufferedAmount'
  | 'close'
  | 'off'
  | 'on'
  | 'once'
  | 'pause'
  | 'ping'
  | 'protocol'
  | 'readyState'
  | 'resume'
  | 'send'
  | 'terminate'
>;

/** `WebSocket.OPEN`. */
export const OPEN = 1;
