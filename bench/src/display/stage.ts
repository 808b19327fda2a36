import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OrangeryError, systemClock } from '@orangery/std';
import type { Update } from './recording.ts';

/** Where things lie in the machine's memory: a request to fw_cfg, its data, the frame. */
const MEMORY_BYTES = 64 << 20;
const REQUEST_AT = 0x10_00;
const DATA_AT = 0x20_00;
const FRAME_AT = 16 << 20;
/** QEMU's fw_cfg: its folder, the ports of its DMA interface (docs/specs/fw_cfg). */
const FW_CFG = { folder: 0x19, portHigh: 0x5_14, portLow: 0x5_18, read: 2, select: 8, write: 16 } as const;
/** DRM's XRGB8888. */
const FOURCC = 0x34_32_52_58;
/** The keyboard controller: its data and, with "something is there" in bit 0, its status. */
const KEYBOARD = { data: 0x60, status: 0x64 } as const;

/**
 * A QEMU whose screen the bench draws itself: its processor rests, its memory is a file, its display (ramfb) lies in that memory, its
 * devices are spoken to by qtest. So what its VNC server does with a picture can be measured without a guest's own moods.
 */
export class Stage {
  readonly console: string;
  readonly #folder: string;
  readonly #qemu: ChildProcess;
  readonly #memory: FileHandle;
  readonly #qtest: Socket;
  readonly #waiting: ((line: string) => void)[] = [];
  #width = 0;
  #rest = '';

  private constructor(folder: string, qemu: ChildProcess, memory: FileHandle, qtest: Socket) {
    this.#folder = folder;
    this.console = join(folder, 'console.sock');
    this.#qemu = qemu;
    this.#memory = memory;
    this.#qtest = qtest;
    qtest.on('data', (bytes) => this.#read(bytes.toString()));
    qtest.on('error', () => {});
  }

  static async open(width: number, height: number): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'orangery-stage-'));
    const [ram, rom, qtest] = ['memory', 'rom', 'qtest.sock'].map((name) => join(folder, name));
    const memory = await open(ram ?? '', 'w+');
    await memory.truncate(MEMORY_BYTES);
    // The processor begins 16 bytes before the end: cli, hlt, and again.
    const resting = Buffer.alloc(1 << 16, 0x90);
    resting.set([0xfa, 0xf4, 0xeb, 0xfd], resting.length - 16);
    await writeFile(rom ?? '', resting);
    const backend = `memory-backend-file,id=ram,size=64M,mem-path=${ram},share=on`;
    const machine = ['-object', backend, '-machine', 'q35,memory-backend=ram', '-accel', 'tcg', '-m', '64'];
    const devices = ['-nodefaults', '-vga', 'none', '-device', 'ramfb', '-bios', rom ?? ''];
    const vnc = ['-display', 'none', '-vnc', `unix:${join(folder, 'console.sock')}`];
    const qemu = spawn(
      'qemu-system-x86_64',
      [...machine, ...devices, ...vnc, '-qtest', `unix:${qtest},server=on,wait=off`, '-qtest-log', 'none'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const stage = new Stage(folder, qemu, memory, await dial(qtest ?? ''));
    await stage.#show(width, height);
    return stage;
  }

  async draw({ parts }: Update): Promise<void> {
    for (const { rect, pixels } of parts) {
      // Rows of their own: what lies between them is somebody else's.
      const row = Buffer.alloc(4 * rect.width);
      for (let y = 0; y < rect.height; y += 1) {
        for (let x = 0, from = 3 * y * rect.width; x < rect.width; x += 1, from += 3)
          row.writeUIntLE(pixels.readUIntLE(from, 3), 4 * x, 3);
        // oxlint-disable-next-line no-await-in-loop -- into one buffer
        await this.#memory.write(row, 0, row.length, FRAME_AT + 4 * ((rect.y + y) * this.#width + rect.x));
      }
    }
  }

  /** The next byte of the keyboard, if there is one. */
  async key(): Promise<number | undefined> {
    const status = Number(await this.#ask(`inb ${KEYBOARD.status}`));
    return (status & 1) === 0 ? undefined : Number(await this.#ask(`inb ${KEYBOARD.data}`));
  }

  async close(): Promise<void> {
    this.#qtest.destroy();
    const ended = once(this.#qemu, 'exit');
    this.#qemu.kill();
    await ended;
    await this.#memory.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Tells ramfb where the frame is and what it looks like. */
  async #show(width: number, height: number): Promise<void> {
    this.#width = width;
    const folder = await this.#firmware(FW_CFG.folder, FW_CFG.read, Buffer.alloc(4096));
    const at = folder.indexOf('etc/ramfb\0') - 4;
    if (at < 0) throw new OrangeryError('noRamfb', 'this QEMU has no ramfb');
    const config = Buffer.alloc(28);
    config.writeBigUInt64BE(BigInt(FRAME_AT), 0);
    config.writeUInt32BE(FOURCC, 8);
    config.writeUInt32BE(width, 16);
    config.writeUInt32BE(height, 20);
    config.writeUInt32BE(4 * width, 24);
    await this.#firmware(folder.readUInt16BE(at), FW_CFG.write, config);
  }

  async #firmware(selector: number, doing: number, data: Buffer): Promise<Buffer> {
    const request = Buffer.alloc(16);
    request.writeUInt32BE((selector << 16) | FW_CFG.select | doing, 0);
    request.writeUInt32BE(data.length, 4);
    request.writeBigUInt64BE(BigInt(DATA_AT), 8);
    await this.#memory.write(request, 0, request.length, REQUEST_AT);
    await this.#memory.write(data, 0, data.length, DATA_AT);
    const address = Buffer.alloc(4);
    address.writeUInt32BE(REQUEST_AT);
    await this.#ask(`outl ${FW_CFG.portHigh} 0`);
    await this.#ask(`outl ${FW_CFG.portLow} ${address.readUInt32LE()}`);
    const answer = Buffer.alloc(data.length);
    await this.#memory.read(answer, 0, answer.length, DATA_AT);
    return answer;
  }

  #ask(line: string): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#qtest.write(`${line}\n`);
    });
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (!line.startsWith('IRQ')) this.#waiting.shift()?.(line.replace(/^OK ?/, ''));
  }
}

async function dial(path: string): Promise<Socket> {
  for (let tries = 0; ; tries += 1) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (tries === 200) throw error;
      await systemClock.sleep(25);
    }
  }
}
