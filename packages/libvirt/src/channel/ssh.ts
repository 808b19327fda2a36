import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type Clock, messageOf, systemClock, withDeadline } from '@orangery/std';
import { Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { asLibvirtError, LibvirtError } from '../errors.ts';
import {
  BoundedOutput,
  EXEC_OUTPUT_BYTES_MAX,
  EXEC_TIMEOUT_MS,
  type ExecOptions,
  type ExecResult,
  type HostChannel,
} from './channel.ts';

/** Whom to trust. There is no way to trust anybody. Fingerprints are as `ssh-keygen -l` prints them: `SHA256:…`. */
export type HostKey =
  | { kind: 'known'; fingerprints: readonly string[] }
  | { kind: 'confirm'; confirm(fingerprint: string): Promise<boolean> };

export type SshOptions = {
  host: string;
  port?: number;
  username: string;
  /** PEM or OpenSSH format. */
  privateKey?: string | Buffer;
  passphrase?: string;
  password?: string;
  /** The path of an agent's socket. */
  agent?: string;
  hostKey: HostKey;
  clock?: Clock;
  connectTimeoutMs?: number;
  /** Silence after which the host is asked whether it lives; three questions without an answer end the connection. */
  keepaliveMs?: number;
};

const CONNECT_TIMEOUT_MS = 15_000;
const KEEPALIVE_MS = 5000;
const KEEPALIVES_UNANSWERED_MAX = 3;

/**
 * One SSH connection to a host, over which any number of its unix sockets are dialled. It is made at the first
 * dial, and anew at the next dial after it was lost.
 */
export class SshChannel implements HostChannel {
  readonly #options: SshOptions;
  readonly #clock: Clock;
  #connecting: Promise<Client> | undefined;
  #closed = false;

  constructor(options: SshOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async dialUnix(path: string, signal?: AbortSignal): Promise<Duplex> {
    const what = `${this.describe()}${path}`;
    return this.#within(what, CONNECT_TIMEOUT_MS, signal, async (inner) => {
      const client = await this.#client();
      const stream = await this.#ask<ClientChannel>(client, what, inner, (done) => {
        client.openssh_forwardOutStreamLocal(path, done);
      });
      // Its consumer may come a turn later than an error does.
      stream.on('error', () => {});
      // ssh2 tells of a channel's close only once its data is read; who destroys it reads no more.
      const destroy = stream.destroy.bind(stream);
      stream.destroy = () => {
        destroy();
        stream.resume();
        return stream;
      };
      return stream;
    });
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const max = options.outputBytesMax ?? EXEC_OUTPUT_BYTES_MAX;
    return this.#within(command, options.timeoutMs ?? EXEC_TIMEOUT_MS, options.signal, async (signal) => {
      const client = await this.#client();
      const stream = await this.#ask<ClientChannel>(client, command, signal, (done) => {
        client.exec(command, done);
      });
      return collect(stream, max, signal);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#connecting?.catch(() => undefined);
    if (client === undefined) return;
    const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.destroy();
    await gone;
  }

  describe(): string {
    const { host, port = 22, username } = this.#options;
    return `ssh://${username}@${host}:${port}`;
  }

  async #within<T>(
    what: string,
    ms: number,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withDeadline(this.#clock, ms, what, work, signal);
    } catch (error) {
      throw asLibvirtError(error, what, signal);
    }
  }

  /** A request for a channel, which is closed again when it comes after nobody waits for it any more. */
  #ask<T extends ClientChannel>(
    client: Client,
    what: string,
    signal: AbortSignal,
    ask: (done: (error: Error | undefined, channel: T) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const onClose = (): void => {
        reject(new LibvirtError('libvirt.unreachable', `${what}: the SSH connection was lost`));
      };
      client.once('close', onClose);
      ask((cause, channel) => {
        client.off('close', onClose);
        if (cause !== undefined) {
          reject(new LibvirtError('libvirt.unreachable', `${what}: ${cause.message}`, { cause }));
        } else if (signal.aborted) {
          channel.destroy();
          reject(new LibvirtError('libvirt.aborted', `${what} was called off`, { cause: signal.reason }));
        } else {
          resolve(channel);
        }
      });
    });
  }

  #client(): Promise<Client> {
    if (this.#closed)
      return Promise.reject(new LibvirtError('libvirt.closed', `${this.describe()} is closed`));
    if (this.#connecting === undefined) {
      const connecting = this.#connect();
      this.#connecting = connecting;
      const forget = (): void => {
        if (this.#connecting === connecting) this.#connecting = undefined;
      };
      connecting.then((client) => client.once('close', forget), forget);
    }
    return this.#connecting;
  }

  #connect(): Promise<Client> {
    const client = new Client();
    // Each channel that is being asked for listens to the end of the connection.
    client.setMaxListeners(0);
    const where = this.describe();
    return new Promise((resolve, reject) => {
      let hostKey: LibvirtError | undefined;
      client.once('ready', () => resolve(client));
      // It stays, so that the loss of a connection that was ready is no uncaught error.
      client.on('error', (cause) => {
        const code =
          cause.level === 'client-authentication' ? 'libvirt.authentication' : 'libvirt.unreachable';
        reject(hostKey ?? new LibvirtError(code, `${where}: ${cause.message}`, { cause }));
      });
      client.once('close', () =>
        reject(hostKey ?? new LibvirtError('libvirt.unreachable', `${where} closed the connection`)),
      );
      const refuse = (error: LibvirtError): void => {
        hostKey = error;
      };
      client.connect(this.#config(refuse));
    });
  }

  #config(refuse: (error: LibvirtError) => void): ConnectConfig {
    const { host, port, username, privateKey, passphrase, password, agent, hostKey } = this.#options;
    const where = this.describe();
    return {
      host,
      port: port ?? 22,
      username,
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(password === undefined ? {} : { password }),
      ...(agent === undefined ? {} : { agent }),
      readyTimeout: this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      keepaliveInterval: this.#options.keepaliveMs ?? KEEPALIVE_MS,
      keepaliveCountMax: KEEPALIVES_UNANSWERED_MAX,
      hostVerifier(key: Buffer, verify: (trusted: boolean) => void) {
        const fingerprint = fingerprintOf(key);
        judge(hostKey, fingerprint).then(
          (trusted) => {
            if (!trusted) {
              refuse(
                new LibvirtError(
                  'libvirt.hostKey',
                  `${where} shows the key ${fingerprint}, which is not trusted`,
                  {
                    fix: 'Compare it with the output of ssh-keygen -lf on the host; if the host was reinstalled, trust the new key.',
                  },
                ),
              );
            }
            verify(trusted);
          },
          (cause: unknown) => {
            refuse(
              new LibvirtError('libvirt.hostKey', `${where}: its key was not judged: ${messageOf(cause)}`, {
                cause,
              }),
            );
            verify(false);
          },
        );
      },
    };
  }
}

async function judge(hostKey: HostKey, fingerprint: string): Promise<boolean> {
  if (hostKey.kind === 'confirm') return hostKey.confirm(fingerprint);
  return hostKey.fingerprints.some((known) => known.replace(/=+$/, '') === fingerprint);
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function collect(stream: ClientChannel, max: number, signal: AbortSignal): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const stdout = new BoundedOutput(max);
    const stderr = new BoundedOutput(max);
    let exitCode: number | null = null;
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    stream.on('data', (chunk: Buffer) => stdout.add(chunk));
    stream.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    stream.once('error', reject);
    stream.once('exit', (code: number | null) => {
      exitCode = code;
    });
    stream.once('close', () => {
      const truncated = stdout.truncated || stderr.truncated;
      resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text(), truncated });
    });
  });
}
