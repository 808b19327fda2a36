export { DISPLAY_PROTOCOL, type NoticeCode, type ServerControl } from '../wire.ts';
export { type ChannelState, DisplayChannel, type DisplayChannelOptions } from './display-channel.ts';
export type { CloseLike, MessageLike, WebSocketLike } from './web-socket-like.ts';
