import type { Readable } from 'node:stream';
import { backoffMs, type Log, messageOf, type Rng, silentLog, systemRng, withDeadline } from '@orangery/std';
import type { CallOptions } from './call.ts';
import type { Connection } from './connection.ts';
import { asLibvirtError, LibvirtError } from './errors.ts';
import { Events } from './events.ts';
import { openConnection, type OpenOptions } from './open.ts';
import { type LibvirtOptions, openOptionsOf, RECONNECT_WAITS } from './options.ts';
import type { ArgsOf, DownloadName, ProcedureName, ResultOf, UploadName } from './procedures/table.ts';
import { procedures } from './procedures/table.ts';
import { download, type OwnStreamOptions, type StreamOptions, upload } from './streams.ts';

export type ClientState = 'connecting' | 'connected' | 'closed';

type CallArguments<N extends ProcedureName> =
  {} extends ArgsOf<N> ? [args?: ArgsOf<N>, options?: CallOptions] : [args: ArgsOf<N>, options?: CallOptions];

/**
 * A client of one libvirt daemon that stays connected.
 *
 *     connecting ──▶ connected ──▶ connecting ──▶ …          close() ──▶ closed, from anywhere
 *         └── dials, with growing waits, for ever
 *
 * A call needs a connection: while there is none it fails at once with `libvirt.disconnected`, and so do the
 * calls that were under way when the connection was lost. Whether those were carried out, only a look can tell.
 */
export class Libvirt {
  readonly events: Events;
  readonly #open: OpenOptions;
  readonly #rng: Rng;
  readonly #log: Log;
  readonly #waits: { firstMs: number; maxMs: number };
  readonly #stateListeners = new Set<(state: ClientState) => void>();
  readonly #reconnectListeners = new Set<() => void>();
  readonly #streams = new Set<AbortController>();
  readonly #closing = new AbortController();
  #state: ClientState = 'connecting';
  #connection: Connection | undefined;
  #lastError: unknown;

  private constructor(options: LibvirtOptions) {
    this.#log = options.log ?? silentLog;
    this.#rng = options.rng ?? systemRng;
    this.#waits = options.reconnect ?? RECONNECT_WAITS;
    this.events = new Events(this.#log);
    this.#open = openOptionsOf(options);
  }

  /** A client that is connected; rejects when the first attempt fails. */
  static async connect(options: LibvirtOptions): Promise<Libvirt> {
    const client = new Libvirt(options);
    try {
      await client.#dial();
    } catch (error) {
      await client.close();
      throw error;
    }
    return client;
  }

  /** A client that connects when it can, and tries for ever: for a host that may be down at the moment. */
  static start(options: LibvirtOptions): Libvirt {
    const client = new Libvirt(options);
    void client.#reconnect();
    return client;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Why the last attempt to connect failed, or the connection ended. */
  get lastError(): unknown {
    return this.#lastError;
  }

  onState(listener: (state: ClientState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  /**
   * Called when a lost connection is back and every event is subscribed again: events in between are lost, so
   * list anew. (With `start`, the first connection counts too.)
   */
  onReconnected(listener: () => void): () => void {
    this.#reconnectListeners.add(listener);
    return () => void this.#reconnectListeners.delete(listener);
  }

  /** Calls a procedure of the table. Rejects with `LibvirtError`. */
  call<N extends ProcedureName>(name: N, ...[args, options]: CallArguments<N>): Promise<ResultOf<N>> {
    const connection = this.#connection;
    if (connection === undefined) return Promise.reject(this.#absent(name));
    return connection.call<never, unknown>(name, procedures[name], (args ?? {}) as never, options) as Promise<
      ResultOf<N>
    >;
  }

  /**
   * Begins a download: the reply's result, and the data as a stream. It has a connection of its own, so a slow
   * reader holds up nothing else; what is not read is not fetched.
   */
  download<N extends DownloadName>(
    name: N,
    args: ArgsOf<N>,
    options: StreamOptions = {},
  ): Promise<{ result: ResultOf<N>; stream: Readable }> {
    return this.#withStream(name, options, (own) =>
      download<never, unknown>(this.#open, name, procedures[name], args as never, own),
    ) as Promise<{ result: ResultOf<N>; stream: Readable }>;
  }

  /** Uploads all of `source`; resolves when the daemon has confirmed that everything arrived. */
  async upload<N extends UploadName>(
    name: N,
    args: ArgsOf<N>,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: StreamOptions = {},
  ): Promise<void> {
    await this.#withStream(name, options, async (own) => {
      await upload<never, unknown>(this.#open, name, procedures[name], args as never, source, own);
      own.finished();
    });
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#setState('closed');
    const reason = new LibvirtError('libvirt.closed', 'the client was closed');
    this.#closing.abort(reason);
    for (const stream of this.#streams) stream.abort(reason);
    const connection = this.#connection;
    this.#connection = undefined;
    this.events.detach();
    if (connection === undefined) return;
    try {
      await connection.call('connectClose', procedures.connectClose, {}, { timeoutMs: 1000 });
    } catch (error) {
      this.#log.debug({ error: messageOf(error) }, 'libvirt: the daemon did not say good-bye');
    }
    connection.destroy(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #absent(name: string): LibvirtError {
    if (this.#state === 'closed') return new LibvirtError('libvirt.closed', `${name}: the client is closed`);
    const why = this.#lastError === undefined ? 'it is being connected' : messageOf(this.#lastError);
    return new LibvirtError('libvirt.disconnected', `${name}: not connected: ${why}`, {
      cause: this.#lastError,
    });
  }

  async #withStream<T>(
    name: string,
    options: StreamOptions,
    begin: (own: OwnStreamOptions) => Promise<T>,
  ): Promise<T> {
    if (this.#state === 'closed') throw this.#absent(name);
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(options.signal?.reason);
    if (options.signal?.aborted) onAbort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    this.#streams.add(controller);
    const finished = (): void => {
      this.#streams.delete(controller);
      options.signal?.removeEventListener('abort', onAbort);
    };
    try {
      return await begin({ ...options, signal: controller.signal, finished });
    } catch (error) {
      finished();
      throw error;
    }
  }

  async #dial(): Promise<void> {
    const { clock, openTimeoutMs, uri } = this.#open;
    const hooks = {
      event: this.events.deliver.bind(this.events),
      ended: (error: LibvirtError) => this.#onEnded(connection, error),
    };
    let connection: Connection | undefined;
    connection = await withDeadline(
      clock,
      openTimeoutMs,
      `opening ${uri}`,
      (signal) => openConnection(this.#open, hooks, 'calls', signal),
      this.#closing.signal,
    ).catch((error: unknown) => {
      throw asLibvirtError(error, `opening ${uri}`, this.#closing.signal);
    });
    if (connection.ended !== undefined) throw connection.ended;
    this.#connection = connection;
    await this.events.attach(connection);
    if (connection.ended !== undefined) throw connection.ended;
    if (this.#closing.signal.aborted) throw this.#absent('connect');
    this.#setState('connected');
  }

  #onEnded(connection: Connection | undefined, error: LibvirtError): void {
    // One that was never ready is the business of who dialled it.
    if (connection === undefined || connection !== this.#connection) return;
    this.#connection = undefined;
    this.#lastError = error;
    this.events.detach();
    if (this.#state !== 'connected') return;
    this.#log.warn({ uri: this.#open.uri, error: error.message }, 'libvirt: the connection was lost');
    this.#setState('connecting');
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (let attempt = 0; this.#state === 'connecting'; attempt += 1) {
      try {
        await this.#dial();
        this.#log.info({ uri: this.#open.uri }, 'libvirt: connected');
        for (const listener of this.#reconnectListeners) this.#tell(listener);
        return;
      } catch (error) {
        this.#lastError = error;
        this.#log.debug(
          { uri: this.#open.uri, attempt, error: messageOf(error) },
          'libvirt: not connected yet',
        );
        const ms = backoffMs(attempt, this.#waits.firstMs, this.#waits.maxMs, this.#rng);
        await this.#open.clock.sleep(ms, this.#closing.signal).catch(() => {});
      }
    }
  }

  #setState(state: ClientState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) this.#tell(() => listener(state));
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#log.error({ error }, 'libvirt: a listener failed');
    }
  }
}
