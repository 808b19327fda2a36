import { UPLOAD_PIECE_BYTES } from '@orangery/contract';
import { describe, expect, test } from 'vitest';
import { TestingClock } from '../../../testing-clock.ts';
import { type PieceAnswer, uploadFile, type UploadProgress } from './upload.ts';

const file = new Blob([Buffer.alloc(2 * UPLOAD_PIECE_BYTES + 5)]);
const never = new AbortController().signal;

function ports(answer: (offset: number, bytes: number, times: number) => PieceAnswer) {
  const clock = new TestingClock();
  const offsets: number[] = [];
  const progress: UploadProgress[] = [];
  return {
    clock,
    offsets,
    progress,
    send(offset: number, piece: Blob): Promise<PieceAnswer> {
      offsets.push(offset);
      clock.advance(1_000);
      return Promise.resolve(answer(offset, piece.size, offsets.length));
    },
    onProgress: (value: UploadProgress) => void progress.push(value),
  };
}

describe('an upload', () => {
  test('goes from its beginning, or from where it was cut off, to its end, and tells rate and time left', async () => {
    const all = ports((offset, bytes) => ({ kind: 'received', received: offset + bytes }));
    await uploadFile(file, 0, all, never);
    expect(all.offsets).toEqual([0, UPLOAD_PIECE_BYTES, 2 * UPLOAD_PIECE_BYTES]);
    expect(all.progress.at(-1)?.sent).toBe(file.size);
    expect(all.progress[1]).toMatchObject({
      rate: UPLOAD_PIECE_BYTES,
      leftMs: expect.closeTo(1_000, -1) as number,
    });
    const rest = ports((offset, bytes) => ({ kind: 'received', received: offset + bytes }));
    await uploadFile(file, UPLOAD_PIECE_BYTES + 3, rest, never);
    expect(rest.offsets).toEqual([UPLOAD_PIECE_BYTES + 3, 2 * UPLOAD_PIECE_BYTES + 3]);
  });

  test('waits while the line is gone, then goes on where the server says', async () => {
    const lost = ports((offset, bytes, times) => {
      if (times === 2) return { kind: 'retry', reason: 'gone' };
      // Half of the piece had arrived.
      if (times === 3) return { kind: 'received', received: UPLOAD_PIECE_BYTES + 7 };
      return { kind: 'received', received: offset + bytes };
    });
    const going = uploadFile(file, 0, lost, never);
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    expect(lost.offsets).toHaveLength(2);
    lost.clock.advance(1_000);
    await going;
    expect(lost.offsets).toEqual([0, UPLOAD_PIECE_BYTES, UPLOAD_PIECE_BYTES, UPLOAD_PIECE_BYTES + 7]);
  });

  test('ends with the server’s reason, or when it is called off', async () => {
    const refused = ports(() => ({ kind: 'refused', reason: 'too large' }));
    await expect(uploadFile(file, 0, refused, never)).rejects.toThrow('too large');
    const off = ports(() => ({ kind: 'retry', reason: 'gone' }));
    const ending = new AbortController();
    const going = uploadFile(file, 0, off, ending.signal);
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    ending.abort(new Error('not any more'));
    await expect(going).rejects.toThrow('not any more');
    expect(off.clock.pending).toBe(0);
  });
});
