import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientParser, encodeRawRect, encodeUpdateHead, SERVER_HANDSHAKE } from '@orangery/rfb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { record } from './record.ts';
import { readRecording } from './recording.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-record-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Draws one pixel of another shade each time it is asked, three times, and goes. */
function draw(to: Socket): void {
  let shade = 0;
  const parser = new ClientParser();
  to.on('error', () => {});
  to.write(SERVER_HANDSHAKE.greeting());
  to.on('data', (bytes) =>
    parser.push(bytes, (event) => {
      if (event.kind === 'version') to.write(SERVER_HANDSHAKE.securityTypes());
      else if (event.kind === 'security') to.write(SERVER_HANDSHAKE.securityResult());
      else if (event.kind === 'init') to.write(SERVER_HANDSHAKE.init(40, 30, 'a console'));
      else if (event.message.name === 'framebufferUpdateRequest') {
        if (shade === 3) {
          to.end();
          return;
        }
        shade += 1;
        const rect = { x: shade, y: 2, width: 1, height: 1 };
        to.write(Buffer.concat([encodeUpdateHead(1), encodeRawRect(rect, Buffer.from([1, 2, shade, 9]))]));
      }
    }),
  );
}

test('what a console draws is recorded, and read again', async () => {
  const server = createServer(draw).listen(join(folder, 'console.sock'));
  await once(server, 'listening');
  const path = join(folder, 'a.rfbt');
  expect(await record(connect(join(folder, 'console.sock')), path, 20)).toBe(3);
  const { width, height, updates } = await readRecording(path);
  expect([width, height]).toEqual([40, 30]);
  expect([...updates].map(({ parts }) => parts)).toEqual(
    [1, 2, 3].map((shade) => [
      { rect: { x: shade, y: 2, width: 1, height: 1 }, pixels: Buffer.from([1, 2, shade]) },
    ]),
  );
  server.close();
});
