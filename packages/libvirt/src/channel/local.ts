import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { type Clock, systemClock, withDeadline } from '@orangery/std';
import { asLibvirtError } from '../errors.ts';
import {
  BoundedOutput,
  EXEC_OUTPUT_BYTES_MAX,
  EXEC_TIMEOUT_MS,
  type ExecOptions,
  type ExecResult,
  type HostChannel,
} from './channel.ts';
import { connectSocket } from './connect-socket.ts';

/** The machine that we run on. */
export class LocalChannel implements HostChannel {
  readonly #clock: Clock;
  readonly #sockets = new Set<Duplex>();

  constructor(options: { clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
  }

  async dialUnix(path: string, signal?: AbortSignal): Promise<Duplex> {
    const socket = await connectSocket({ path }, path, signal);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const max = options.outputBytesMax ?? EXEC_OUTPUT_BYTES_MAX;
    const run = (signal: AbortSignal): Promise<ExecResult> =>
      new Promise((resolve, reject) => {
        const stdout = new BoundedOutput(max);
        const stderr = new BoundedOutput(max);
        const child = spawn('/bin/sh', ['-c', command], { signal, stdio: ['ignore', 'pipe', 'pipe'] });
        child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
        child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
        child.once('error', reject);
        child.once('close', (exitCode) => {
          const truncated = stdout.truncated || stderr.truncated;
          resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text(), truncated });
        });
      });
    try {
      return await withDeadline(
        this.#clock,
        options.timeoutMs ?? EXEC_TIMEOUT_MS,
        command,
        run,
        options.signal,
      );
    } catch (error) {
      throw asLibvirtError(error, command, options.signal);
    }
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return Promise.resolve();
  }

  describe(): string {
    return 'local';
  }
}
