import { OrangeryError } from '@orangery/std';
import { isFrameSize, type Rect } from './client-messages.ts';
import {
  COLOUR_MAP_ENTRIES_MAX,
  CURSOR_SIDE_MAX,
  CUT_TEXT_BYTES_MAX,
  FENCE_BYTES_MAX,
  RECTANGLES_UNTIL_LAST,
  SCREENS_MAX,
} from './limits.ts';
import type { ServerEvent, Steps } from './server-parser.ts';
import { ENCODING, SERVER_MESSAGE } from './tables.ts';

/** What is skipped is skipped in pieces of this size, so that nothing waits for a whole picture. */
const SKIP_PIECE_BYTES = 65_536;

type Tell = (event: ServerEvent) => void;

/** Rows of pixels are told in pieces of about this size: large enough to be cheap, small enough to be nothing. */
const ROWS_PIECE_BYTES = 65_536;

/** RFC 6143 7.6: messages without end. */
export function* serverMessages(tell: Tell): Steps {
  for (;;) {
    const type = (yield 1).readUInt8(0);
    switch (type) {
      case SERVER_MESSAGE.framebufferUpdate:
        yield* framebufferUpdate(tell);
        break;
      case SERVER_MESSAGE.setColourMapEntries: {
        // 7.6.2: means nothing to a true-colour client.
        const entries = (yield 5).readUInt16BE(3);
        yield* skip(6 * entries, 6 * COLOUR_MAP_ENTRIES_MAX, 'a colour map');
        break;
      }
      case SERVER_MESSAGE.bell:
        tell({ kind: 'bell' });
        break;
      case SERVER_MESSAGE.serverCutText: {
        // 7.6.4; a negative length is the extended clipboard's.
        const length = Math.abs((yield 7).readInt32BE(3));
        yield* skip(length, CUT_TEXT_BYTES_MAX, 'a cut text');
        break;
      }
      case SERVER_MESSAGE.endOfContinuousUpdates:
        break;
      case SERVER_MESSAGE.serverFence:
        yield* skip((yield 8).readUInt8(7), FENCE_BYTES_MAX, 'a fence');
        break;
      default:
        throw new OrangeryError(
          'rfbUnknownMessage',
          `the console sent message type ${type}, which was not asked for`,
        );
    }
  }
}

/** RFC 6143 7.6.1. */
function* framebufferUpdate(tell: Tell): Steps {
  const count = (yield 3).readUInt16BE(1);
  tell({ kind: 'updateBegins' });
  let pixelRectangles = 0;
  const rectanglesMax = count === RECTANGLES_UNTIL_LAST ? Infinity : count;
  for (let index = 0; index < rectanglesMax; index += 1) {
    const head = yield 12;
    const rect: Rect = {
      x: head.readUInt16BE(0),
      y: head.readUInt16BE(2),
      width: head.readUInt16BE(4),
      height: head.readUInt16BE(6),
    };
    const encoding = head.readInt32BE(8);
    if (encoding === ENCODING.lastRect) break;
    if (encoding === ENCODING.raw || encoding === ENCODING.copyRect) pixelRectangles += 1;
    yield* rectangle(encoding, rect, tell);
  }
  tell({ kind: 'updateEnds', rectangles: pixelRectangles });
}

function* rectangle(encoding: number, rect: Rect, tell: Tell): Steps {
  switch (encoding) {
    case ENCODING.raw:
      yield* raw(rect, tell);
      break;
    case ENCODING.copyRect: {
      // 7.7.2.
      const from = yield 4;
      tell({ kind: 'copied', rect, fromX: from.readUInt16BE(0), fromY: from.readUInt16BE(2) });
      break;
    }
    case ENCODING.cursor: {
      // 7.8.1: pixels and a bit mask, each row of it padded to a byte.
      if (rect.width > CURSOR_SIDE_MAX || rect.height > CURSOR_SIDE_MAX) {
        throw new OrangeryError('rfbTooLong', `a cursor announces ${rect.width} x ${rect.height}`);
      }
      const length = rect.height * (4 * rect.width + Math.ceil(rect.width / 8));
      tell({ kind: 'cursor', rect, bytes: length === 0 ? Buffer.alloc(0) : yield length });
      break;
    }
    case ENCODING.desktopSize: {
      const { width, height } = checkedSize(rect);
      tell({ kind: 'resized', width, height, extended: false, byUs: false, status: 0 });
      break;
    }
    case ENCODING.extendedDesktopSize: {
      // x is why (1: this client asked), y the status; on failure the size is the one that stays.
      const screens = (yield 4).readUInt8(0);
      yield* skip(16 * screens, 16 * SCREENS_MAX, 'a screen layout');
      const { width, height } = checkedSize(rect);
      tell({ kind: 'resized', width, height, extended: true, byUs: rect.x === 1, status: rect.y });
      break;
    }
    case ENCODING.qemuExtendedKey:
      tell({ kind: 'extendedKeys' });
      break;
    case ENCODING.qemuAudio:
      tell({ kind: 'audio' });
      break;
    default:
      throw new OrangeryError(
        'rfbMalformed',
        `the console used encoding ${encoding}, which was not asked for`,
      );
  }
}

/** RFC 6143 7.7.1 Raw, at 4 bytes a pixel. */
function* raw(rect: Rect, tell: Tell): Steps {
  const rowBytes = 4 * rect.width;
  if (rowBytes === 0) return;
  const rowsAtOnce = Math.max(1, Math.floor(ROWS_PIECE_BYTES / rowBytes));
  for (let row = 0; row < rect.height; row += rowsAtOnce) {
    const height = Math.min(rowsAtOnce, rect.height - row);
    const pixels = yield rowBytes * height;
    tell({ kind: 'rows', rect: { x: rect.x, y: rect.y + row, width: rect.width, height }, pixels });
  }
}

function* skip(bytes: number, bytesMax: number, what: string): Steps {
  if (bytes > bytesMax) throw new OrangeryError('rfbTooLong', `${what} announces ${bytes} bytes`);
  for (let left = bytes; left > 0; left -= SKIP_PIECE_BYTES) yield Math.min(left, SKIP_PIECE_BYTES);
}

function checkedSize(rect: Rect): { width: number; height: number } {
  if (!isFrameSize(rect.width, rect.height)) {
    throw new OrangeryError(
      'rfbTooLong',
      `the console resizes to ${rect.width} x ${rect.height}, out of bounds`,
    );
  }
  return { width: rect.width, height: rect.height };
}
