import type { Duplex } from 'node:stream';
import { deliver } from '@orangery/display';
import { encodeSetEncodings, ENCODING } from '@orangery/rfb';

/** "EnableContinuousUpdates" of everything. */
const CONTINUOUS = Buffer.from([150, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
/** As a browser of ours asks. */
const ENCODINGS = [
  ENCODING.raw,
  ENCODING.copyRect,
  ENCODING.jpeg,
  ENCODING.h264,
  ENCODING.cursor,
  ENCODING.extendedDesktopSize,
  ENCODING.qemuExtendedKey,
  ENCODING.continuousUpdates,
];

export type Watcher = { bytes: () => number; send: (bytes: Buffer) => void; close: () => void };

/** A viewer of ours that takes all at once and draws nothing. */
export function watch(console: Duplex, heard: (message: Buffer) => void = () => {}): Watcher {
  const delivered = deliver(console);
  let bytes = 0;
  delivered.on('data', (message: Buffer) => {
    bytes += message.length;
    heard(message);
    delivered.acknowledged(bytes);
  });
  delivered.on('error', () => {});
  delivered.write(openingOf());
  return {
    bytes: () => bytes,
    send: (sent) => void delivered.write(sent),
    close: () => void delivered.destroy(),
  };
}

/** What a browser of ours says first, all of it at once. */
export function openingOf(): Buffer {
  // Red first, as browsers draw.
  const colours = Buffer.from([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0]);
  const handshake = Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1])]);
  return Buffer.concat([handshake, colours, encodeSetEncodings(ENCODINGS), CONTINUOUS]);
}
