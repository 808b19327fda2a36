import { ByteQueue } from '@orangery/rfb';
import { OrangeryError } from '@orangery/std';

/**
 * Reads H.264 out of FLV (Adobe's "Video File Format Specification" 10.1, annex E; ISO/IEC 14496-15 5.2.4.1), of which it is the only stream: each
 * picture in a tag with its length, so that it is known to be whole when it is.
 */
const HEAD_BYTES = 13;
const TAG_HEAD_BYTES = 11;
const PREVIOUS_BYTES = 4;
const VIDEO = 9;
const AVC = 7;
const KEY_FRAME = 1;
/** A picture: ten times what any takes. */
const TAG_BYTES_MAX = 8 * 1024 * 1024;
const START = Buffer.from([0, 0, 0, 1]);

/** `data` has start codes before its units (ISO/IEC 14496-10 annex B); one that begins anew has what decoders need to begin. */
export type VideoPicture = { data: Buffer; key: boolean };

export class FlvReader {
  readonly #queue = new ByteQueue();
  readonly #tell: (picture: VideoPicture) => void;
  #begun = false;
  #parameters: Buffer = Buffer.alloc(0);
  #lengthBytes = 4;

  constructor(tell: (picture: VideoPicture) => void) {
    this.#tell = tell;
  }

  /** Throws on what is no such stream; takes nothing afterwards. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    if (!this.#begun) {
      const head = this.#queue.take(HEAD_BYTES);
      if (head === undefined) return;
      if (head.toString('latin1', 0, 3) !== 'FLV') throw malformed('begins with something else');
      this.#begun = true;
    }
    for (;;) {
      const head = this.#queue.peek(TAG_HEAD_BYTES);
      if (head === undefined) return;
      const length = head.readUIntBE(1, 3);
      if (length > TAG_BYTES_MAX) throw malformed(`announces ${length} bytes`);
      const type = head.readUInt8(0) & 0x1f;
      const tag = this.#queue.take(TAG_HEAD_BYTES + length + PREVIOUS_BYTES);
      if (tag === undefined) return;
      if (type === VIDEO) this.#video(tag.subarray(TAG_HEAD_BYTES, TAG_HEAD_BYTES + length));
    }
  }

  #video(body: Buffer): void {
    if (body.length < 5 || (body.readUInt8(0) & 0x0f) !== AVC) throw malformed('holds another codec');
    const kind = body.readUInt8(1);
    const data = body.subarray(5);
    if (kind === 0) this.#configure(data);
    if (kind !== 1) return;
    const key = body.readUInt8(0) >> 4 === KEY_FRAME;
    const units = [...unitsOf(data, this.#lengthBytes)].flatMap((unit) => [START, unit]);
    this.#tell({ key, data: Buffer.concat(key ? [this.#parameters, ...units] : units) });
  }

  /** AVCDecoderConfigurationRecord: sequence and picture parameters. */
  #configure(record: Buffer): void {
    if (record.length < 7) throw malformed('has a short configuration');
    this.#lengthBytes = (record.readUInt8(4) & 3) + 1;
    const parameters: Buffer[] = [];
    let at = 5;
    for (const mask of [0x1f, 0xff]) {
      if (at >= record.length) throw malformed('has a short configuration');
      const count = record.readUInt8(at) & mask;
      at += 1;
      for (let nth = 0; nth < count; nth += 1) {
        if (at + 2 > record.length) throw malformed('has a short configuration');
        const length = record.readUInt16BE(at);
        at += 2;
        if (at + length > record.length) throw malformed('has a short configuration');
        parameters.push(START, record.subarray(at, at + length));
        at += length;
      }
    }
    this.#parameters = Buffer.concat(parameters);
  }
}

function* unitsOf(data: Buffer, lengthBytes: number): Generator<Buffer> {
  for (let at = 0; at < data.length;) {
    if (at + lengthBytes > data.length) throw malformed('ends within a unit');
    const length = data.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    if (at + length > data.length) throw malformed('ends within a unit');
    // Supplemental information (6) tells who encoded it; access unit delimiters (9) are of no use here.
    const type = length === 0 ? 6 : data.readUInt8(at) & 0x1f;
    if (type !== 6 && type !== 9) yield data.subarray(at, at + length);
    at += length;
  }
}

const malformed = (what: string): OrangeryError =>
  new OrangeryError('videoMalformed', `the video encoder's stream ${what}`);
