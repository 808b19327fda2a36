import type { Duplex } from 'node:stream';

/** A way to a host, over which unix sockets of that host can be dialled: libvirt's, consoles', agents', NBD's. */
export type HostChannel = {
  /** Connects to the unix socket at `path` on the host. Rejects with `libvirt.unreachable`. */
  dialUnix(path: string, signal?: AbortSignal): Promise<Duplex>;
  /** Runs a command on the host, its output bounded; what a diagnosis needs, never the normal way. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  close(): Promise<void>;
  /** For messages, as in `ssh://root@host:22`. */
  describe(): string;
};

export type ExecOptions = { timeoutMs?: number; outputBytesMax?: number; signal?: AbortSignal };

/** `exitCode` is null when a signal ended it. `truncated`: more output came than was asked for. */
export type ExecResult = { exitCode: number | null; stdout: string; stderr: string; truncated: boolean };

export const EXEC_TIMEOUT_MS = 30_000;
export const EXEC_OUTPUT_BYTES_MAX = 1024 * 1024;

/** Keeps the first bytes of an output and counts nothing else. */
export class BoundedOutput {
  readonly #max: number;
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Buffer): void {
    const part = chunk.subarray(0, this.#max - this.#bytes);
    if (part.length < chunk.length) this.truncated = true;
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}
