import { LibvirtError } from '../errors.ts';
import { PROGRAM_VERSION } from '../procedures/procedure.ts';
import { domain, network, text } from '../procedures/objects.ts';
import { XdrReader } from '../xdr/reader.ts';
import * as xdr from '../xdr/xdr.ts';
import { XdrWriter } from '../xdr/writer.ts';
import { HEADER_BYTES, MESSAGE_BYTES_MAX } from './limits.ts';

/** virNetMessageType. Messages with file descriptors (4, 5) are never asked for. */
export const messageTypes = { call: 0, reply: 1, event: 2, stream: 3, hole: 6 } as const;
/** virNetMessageStatus. */
export const statuses = { ok: 0, error: 1, continue: 2 } as const;

export type Header = { program: number; procedure: number; type: number; serial: number; status: number };
export type Message = Header & { version: number; frame: Buffer };

/** A whole message: length word, header, payload. `write` fills in the payload. */
export function encodeMessage(header: Header, write?: (writer: XdrWriter) => void): Buffer {
  const writer = new XdrWriter(MESSAGE_BYTES_MAX);
  writer.uint(0);
  writer.uint(header.program);
  writer.uint(PROGRAM_VERSION);
  writer.int(header.procedure);
  writer.uint(header.type);
  writer.uint(header.serial);
  writer.uint(header.status);
  write?.(writer);
  const bytes = writer.finish();
  bytes.writeUInt32BE(bytes.length, 0);
  return bytes;
}

/** @param frame a whole message of at least `HEADER_BYTES`, as `FrameReader` gives it */
export function decodeHeader(frame: Buffer): Message {
  return {
    program: frame.readUInt32BE(4),
    version: frame.readUInt32BE(8),
    procedure: frame.readInt32BE(12),
    type: frame.readUInt32BE(16),
    serial: frame.readUInt32BE(20),
    status: frame.readUInt32BE(24),
    frame,
  };
}

export function payloadOf(message: Message): XdrReader {
  return new XdrReader(message.frame, HEADER_BYTES);
}

/** virNetMessageError: what comes instead of a result when the status is `error`. */
export const serverError = xdr.struct({
  number: xdr.int,
  domain: xdr.int,
  message: xdr.optional(text),
  level: xdr.int,
  dom: xdr.optional(domain),
  str1: xdr.optional(text),
  str2: xdr.optional(text),
  str3: xdr.optional(text),
  int1: xdr.int,
  int2: xdr.int,
  net: xdr.optional(network),
});

export function decodeError(message: Message, what: string): LibvirtError {
  const fields = serverError.read(payloadOf(message));
  return LibvirtError.fromServer({ ...fields, strings: [fields.str1, fields.str2, fields.str3] }, what);
}
