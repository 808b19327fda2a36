import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { type Clock, codeOf, systemClock, withDeadline } from '@orangery/std';
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

/** QEMU takes one viewer at a time: who comes in the same milliseconds finds its queue full. */
const QUEUE_FULL = 'EAGAIN';
const QUEUE_TRIES = 20;
const QUEUE_WAIT_MS = 25;

/** The machine that we run on. */
export class LocalChannel implements HostChannel {
  readonly #clock: Clock;
  readonly #sockets = new Set<Duplex>();

  constructor(options: { clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
  }

  async dialUnix(path: string, signal?: AbortSignal): Promise<Duplex> {
    const socket = await this.#dialInTurn(path, signal);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async #dialInTurn(path: string, signal?: AbortSignal): Promise<Duplex> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await connectSocket({ path }, path, signal);
      } catch (error) {
        if (!(error instanceof Error) || codeOf(error.cause) !== QUEUE_FULL || tries === QUEUE_TRIES)
          throw error;
        // Called off meanwhile: the next try says so.
        await this.#clock.sleep(QUEUE_WAIT_MS, signal).catch(() => {});
      }
    }
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
