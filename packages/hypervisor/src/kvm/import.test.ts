import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announced, HEAD_BYTES, HeadLast } from './import.ts';

async function* chunksOf(content: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < content.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield content.subarray(at, at + size);
    at += size;
  }
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const content = randomBytes(3 * HEAD_BYTES);

test('the head is kept back, and head and body make the content, however it is cut', async () => {
  const sizes = fc.array(fc.integer({ min: 500, max: 2 * HEAD_BYTES }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(content.length), async (pieces, length) => {
      const whole = content.subarray(0, length);
      const parts = new HeadLast(chunksOf(whole, pieces));
      const body = await collect(parts.body());
      const head = Buffer.concat(parts.head);
      expect(head.length).toBe(Math.min(length, HEAD_BYTES));
      expect(Buffer.concat([head, body]).equals(whole)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('what its source fails with is kept', async () => {
  const failure = new Error('the disk is gone');
  const parts = new HeadLast(
    (async function* () {
      yield content;
      throw failure;
    })(),
  );
  await expect(collect(parts.body())).rejects.toBe(failure);
  expect(parts.failure).toBe(failure);
});

test('more and less than announced are errors, and nothing beyond is passed on', async () => {
  const passed: Buffer[] = [];
  const taking = async (bytes: number): Promise<void> => {
    for await (const chunk of announced(chunksOf(content, [1000]), bytes)) passed.push(chunk);
  };
  await expect(taking(5500)).rejects.toMatchObject({ code: 'refused' });
  expect(Buffer.concat(passed).length).toBeLessThanOrEqual(5500);
  await expect(taking(content.length + 1)).rejects.toMatchObject({ code: 'refused' });
  await taking(content.length);
});
