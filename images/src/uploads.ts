import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf, OrangeryError } from '@orangery/std';
import { explainFull, requireSpace } from './space.ts';

const ID = /^[0-9a-f-]{36}$/;

/** Files on their way from somebody's browser or command line. They grow at their end alone, so one that was cut off goes on. */
export class Uploads {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, '.uploads');
  }

  path(id: string): string {
    if (!ID.test(id)) throw new OrangeryError('notFound', 'There is no such upload');
    return join(this.#folder, id);
  }

  /** @throws OrangeryError `diskFull` when a file of this size, and the image that is made from it, have no room */
  async requireRoom(bytes: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await requireSpace(this.#folder, bytes * 2, 'the import');
  }

  /** How many bytes of it are there. */
  async received(id: string): Promise<number> {
    try {
      return (await stat(this.path(id))).size;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  /**
   * Adds what `content` brings, at `offset`, which must be the file's end. One caller at a time for each id.
   *
   * @returns how many bytes are there now, all of them on the disk
   * @throws OrangeryError `uploadOffset` (go on at its end), `tooLarge` (nothing beyond `bytesMax` is kept), `diskFull`
   */
  async append(
    id: string,
    offset: number,
    content: AsyncIterable<Buffer>,
    bytesMax: number,
  ): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const handle = await open(this.path(id), 'a', 0o600);
    try {
      const { size } = await handle.stat();
      if (size !== offset)
        throw new OrangeryError('uploadOffset', `It has ${size} bytes; go on there, not at ${offset}`);
      let at = size;
      for await (const chunk of content) {
        if (at + chunk.length > bytesMax)
          throw new OrangeryError('tooLarge', `The file was announced with ${bytesMax} bytes, and more came`);
        await handle.write(chunk);
        at += chunk.length;
      }
      await handle.sync();
      return at;
    } catch (error) {
      throw await explainFull(error, this.#folder, bytesMax, 'the upload');
    } finally {
      await handle.close();
    }
  }

  async read(id: string): Promise<{ bytes: number; content: Readable }> {
    const { size } = await stat(this.path(id)).catch((error: unknown) => {
      throw new OrangeryError('notFound', 'The uploaded file is gone', {
        cause: error,
        fix: 'Upload it again.',
      });
    });
    return { bytes: size, content: createReadStream(this.path(id), { highWaterMark: 1 << 20 }) };
  }

  remove(id: string): Promise<void> {
    return rm(this.path(id), { force: true });
  }
}
