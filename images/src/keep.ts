import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { OrangeryError } from '@orangery/std';
import { boundedQemuImg, inspectFile } from './inspect.ts';
import { convertProgress } from './progress.ts';
import { exists } from './recipe.ts';
import { run } from './run.ts';
import { explainFull } from './space.ts';

export type KeptImage = { path: string; virtualBytes: number; fileBytes: number };
type Progress = { step: string; fraction: number; detail: string };

const CONVERT_OPTIONS = 'compat=1.1,cluster_size=64k,lazy_refcounts=off,extended_l2=off';
const HASH_PIECE_BYTES = 1 << 20;

/** Images that no recipe makes: received from hosts, or imported. Each appears whole and checked, or not at all. */
export class ImageKeep {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.qcow2`);
  }

  async #partial(name: string): Promise<string> {
    const work = join(this.#folder, '.work');
    await mkdir(work, { recursive: true });
    return join(work, `${name}.partial`);
  }

  async find(name: string): Promise<KeptImage | undefined> {
    const path = this.#path(name);
    if (!(await exists(path))) return undefined;
    const found = await inspectFile(path);
    if (found.kind !== 'qcow2') return undefined;
    return { path, virtualBytes: found.virtualBytes, fileBytes: (await stat(path)).size };
  }

  /** @throws OrangeryError `imageRefused`, `diskFull`, or what reading `content` fails with */
  async receive(
    name: string,
    content: Readable,
    options: { signal: AbortSignal; onProgress: (bytes: number) => void },
  ): Promise<KeptImage> {
    const partial = await this.#partial(name);
    await rm(partial, { force: true });
    const handle = await open(partial, 'w');
    let bytes = 0;
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        options.signal.throwIfAborted();
        await handle.write(chunk);
        bytes += chunk.length;
        options.onProgress(bytes);
      }
      await handle.sync();
    } catch (error) {
      const explained = await explainFull(error, this.#folder, bytes, `receiving ${name}`);
      await rm(partial, { force: true });
      throw explained;
    } finally {
      content.destroy();
      await handle.close();
    }
    return this.#finish(name, partial, options.signal);
  }

  /**
   * Makes a file that somebody brought along a qcow2 image of ours.
   *
   * @param sha256 hexadecimal, of what was sent, where the sender told it
   * @throws OrangeryError `imageRefused` with the reason, `diskFull`
   */
  async adopt(
    name: string,
    source: string,
    options: { sha256: string | undefined; signal: AbortSignal; onProgress: (progress: Progress) => void },
  ): Promise<KeptImage> {
    const { sha256, signal, onProgress } = options;
    if (sha256 !== undefined) await this.#compare(source, sha256, signal, onProgress);
    onProgress({ step: 'Check', fraction: 0.3, detail: 'looks what is in the file' });
    const found = await inspectFile(source, signal);
    if (found.kind === 'iso') {
      throw new OrangeryError('imageRefused', 'This is an installer’s medium, not a disk', {
        fix: 'Begin the image from an installer instead, with this file.',
      });
    }
    const partial = await this.#partial(name);
    await rm(partial, { force: true });
    try {
      const args = ['convert', '-p', '-f', found.kind, '-O', 'qcow2', '-o', CONVERT_OPTIONS, source, partial];
      await boundedQemuImg(args, {
        signal,
        onLine(line) {
          const at = convertProgress(line);
          if (at !== undefined)
            onProgress({ step: 'Convert', fraction: at.within, detail: 'makes it an image' });
        },
      });
    } catch (error) {
      const explained = await explainFull(error, this.#folder, found.virtualBytes, `converting ${name}`);
      await rm(partial, { force: true });
      throw explained;
    }
    return this.#finish(name, partial, signal);
  }

  async #compare(
    source: string,
    sha256: string,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<void> {
    const { size } = await stat(source);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of createReadStream(source, { highWaterMark: HASH_PIECE_BYTES })) {
      signal.throwIfAborted();
      hash.update(piece as Buffer);
      bytes += (piece as Buffer).length;
      onProgress({ step: 'Check', fraction: bytes / Math.max(1, size), detail: 'compares its checksum' });
    }
    const found = hash.digest('hex');
    if (found === sha256) return;
    throw new OrangeryError(
      'imageRefused',
      `The file did not arrive as it was sent: its SHA-256 is ${found}, not ${sha256}`,
      { fix: 'Compare the checksum of your file, and import it again.' },
    );
  }

  async #finish(name: string, partial: string, signal: AbortSignal): Promise<KeptImage> {
    const found = await inspectFile(partial, signal);
    if (found.kind !== 'qcow2') {
      await rm(partial, { force: true });
      throw new OrangeryError('imageRefused', `${name} is not a qcow2 image: it is ${found.kind}`);
    }
    await run('sync', [partial], { signal });
    const path = this.#path(name);
    await rename(partial, path);
    await run('sync', ['--file-system', this.#folder], { signal });
    return { path, virtualBytes: found.virtualBytes, fileBytes: (await stat(path)).size };
  }
}
