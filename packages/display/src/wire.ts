/**
 * The wire between browser and gateway, version 1. Shared by both halves: no imports.
 *
 * A WebSocket with the subprotocol below. BINARY messages carry RFB as one stream of bytes each way; where they
 * are cut means nothing; where `opened` says so, the gateway's are packed as one zstd stream. TEXT messages carry one JSON object each, told apart by `type`.
 *
 *     browser                       gateway
 *     open {ticket}   ────────────►            first, once, within the deadline; nothing else before `opened`
 *                     ◄────────────  opened    from here on binary both ways
 *     clipboard, resize, ping ────►
 *     seen {bytes}   ────────────►             after each binary message
 *                     ◄────────────  clipboard, pong, notice
 *                     ◄────────────  closed {code, reason}, then the WebSocket closes
 *
 * Unknown members of an object are ignored, so that members can be added. An unknown `type` from the gateway is
 * ignored by the browser; one from the browser ends the session.
 */
export const DISPLAY_PROTOCOL = 'orangery.display.v1';

export type ClientControl =
  | { type: 'open'; ticket: string }
  /** Text for the machine's clipboard. */
  | { type: 'clipboard'; text: string }
  /** The viewer's size in pixels of the desktop; `scale` is its device pixel ratio. */
  | { type: 'resize'; width: number; height: number; scale?: number }
  /** All bytes of binary messages that came so far, where they are packed: after each such message. */
  | { type: 'seen'; bytes: number }
  /** `at` is the browser's own time, given back in `pong`. */
  | { type: 'ping'; at: number };

export type ServerControl =
  /** `packed`: binary messages of the gateway are one zstd stream over the whole session. */
  | { type: 'opened'; session: string; clipboard: boolean; resize: boolean; packed: boolean }
  | { type: 'clipboard'; text: string }
  /** `pictures`: updates told so far; `rough`: part of the picture is lossy at this moment. */
  | { type: 'pong'; at: number; pictures: number; rough: boolean }
  | { type: 'notice'; code: NoticeCode; text: string }
  | { type: 'closed'; code: string; reason: string };

export type NoticeCode =
  | 'clipboardTooLarge'
  | 'clipboardForbidden'
  | 'clipboardUnavailable'
  | 'resizeRefused'
  | 'agentLost'
  | 'agentReady';

export const TICKET_LENGTH_MAX = 512;
/** The whole first message. */
export const OPENING_BYTES_MAX = 2048;
/** As RFB's largest frame. */
const SIDE_MAX = 16_384;
const SCALE_MAX = 16;

type Fields = Record<string, unknown>;

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

const isSide = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= SIDE_MAX;

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isTicket = (value: unknown): value is string =>
  typeof value === 'string' && value.length >= 1 && value.length <= TICKET_LENGTH_MAX;

/** What a browser said, or nothing when it is not one of the messages above. */
export function parseClientControl(json: string): ClientControl | undefined {
  const fields = parseObject(json);
  if (fields === undefined) return undefined;
  const { type, ticket, text, width, height, scale, bytes, at } = fields;
  switch (type) {
    case 'open':
      return isTicket(ticket) ? { type, ticket } : undefined;
    case 'clipboard':
      return typeof text === 'string' ? { type, text } : undefined;
    case 'resize': {
      if (!isSide(width) || !isSide(height)) return undefined;
      if (scale === undefined) return { type, width, height };
      return isNumber(scale) && scale > 0 && scale <= SCALE_MAX ? { type, width, height, scale } : undefined;
    }
    case 'seen':
      return Number.isSafeInteger(bytes) && isNumber(bytes) && bytes > 0 ? { type, bytes } : undefined;
    case 'ping':
      return isNumber(at) ? { type, at } : undefined;
    default:
      return undefined;
  }
}

/** What the gateway said, or nothing: of another version, and to be ignored. */
export function parseServerControl(json: string): ServerControl | undefined {
  const fields = parseObject(json);
  if (fields === undefined) return undefined;
  const { type, session, clipboard, resize, packed, text, at, pictures, rough, code, reason } = fields;
  switch (type) {
    case 'opened':
      if (typeof session !== 'string') return undefined;
      return {
        type,
        session,
        clipboard: clipboard === true,
        resize: resize === true,
        packed: packed === true,
      };
    case 'clipboard':
      return typeof text === 'string' ? { type, text } : undefined;
    case 'pong':
      if (!isNumber(at)) return undefined;
      return { type, at, pictures: isNumber(pictures) ? pictures : 0, rough: rough === true };
    case 'notice':
      if (typeof code !== 'string' || typeof text !== 'string') return undefined;
      return { type, code: code as NoticeCode, text };
    case 'closed':
      if (typeof code !== 'string' || typeof reason !== 'string') return undefined;
      return { type, code, reason };
    default:
      return undefined;
  }
}

export function encodeControl(message: ClientControl | ServerControl): string {
  return JSON.stringify(message);
}
