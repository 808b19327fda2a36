import type { ConnectAnswer } from '../api/client.ts';
import type { Clock } from '../clock.ts';
import {
  type EndCode,
  FIRST_STATE,
  nextState,
  pauseMs,
  type ViewerEvent,
  type ViewerState,
} from './state.ts';

/** Between two questions while a machine is being made; the server itself waits up to 20 s with its answer. */
const REST_MS = 500;

export type ConnectionLike = { close(): void };

export type SessionPorts = {
  clock: Clock;
  ask: (signal: AbortSignal) => Promise<ConnectAnswer>;
  /** What an error of `ask` means: an end, or nothing when another try is worth it. */
  endOf: (error: unknown) => { code: EndCode; reason: string } | undefined;
  messageOf: (error: unknown) => string;
  /** Whether a server answered with this error. */
  reached: (error: unknown) => boolean;
  open: (ticket: string) => ConnectionLike;
};

/**
 * Acts on the states of `state.ts`: asks for tickets, opens connections, waits. Each action belongs to one turn;
 * what comes of an earlier one is not heard any more.
 */
export class ViewerSession {
  readonly #ports: SessionPorts;
  readonly #listeners = new Set<() => void>();
  #state = FIRST_STATE;
  #acted = -1;
  #asking: AbortController | undefined;
  #connection: ConnectionLike | undefined;
  #cancelWait = (): void => {};
  #running = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  get state(): ViewerState {
    return this.#state;
  }

  getState = (): ViewerState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    this.#running = true;
    this.#state = FIRST_STATE;
    this.#acted = -1;
    this.#act();
  }

  stop(): void {
    this.#running = false;
    this.#letGo();
  }

  tell(event: ViewerEvent): void {
    if (!this.#running) return;
    const state = nextState(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#act();
    for (const listener of this.#listeners) listener();
  }

  /** The line may be back, or somebody looks again: no reason to wait any longer, nor for an answer on the line before. */
  hurry = (): void => {
    const { phase, losses } = this.#state;
    if (phase === 'pausing') this.tell({ type: 'again' });
    else if (phase === 'asking' && losses > 0) void this.#ask();
  };

  #act(): void {
    const { phase, turn, losses, ticket, reached } = this.#state;
    if (turn === this.#acted) return;
    this.#acted = turn;
    switch (phase) {
      case 'asking':
        this.#letGo();
        void this.#ask();
        break;
      case 'opening':
        if (ticket !== undefined) this.#connection = this.#ports.open(ticket);
        break;
      case 'resting':
        this.#wait(REST_MS);
        break;
      case 'pausing':
        this.#letGo();
        this.#wait(pauseMs(losses, this.#ports.clock.fraction(), reached));
        break;
      case 'ended':
        this.#letGo();
        break;
      case 'connected':
      case 'choosing':
        break;
    }
  }

  async #ask(): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const answer = await this.#ports.ask(asking.signal);
      if (!asking.signal.aborted) this.tell({ type: 'answered', answer });
    } catch (error) {
      if (asking.signal.aborted) return;
      const end = this.#ports.endOf(error);
      this.tell(
        end === undefined
          ? {
              type: 'failed',
              reason: this.#ports.messageOf(error),
              reached: this.#ports.reached(error),
            }
          : { type: 'ended', ...end },
      );
    }
  }

  #wait(ms: number): void {
    this.#cancelWait();
    this.#cancelWait = this.#ports.clock.after(ms, () => this.tell({ type: 'again' }));
  }

  #letGo(): void {
    this.#asking?.abort();
    this.#asking = undefined;
    this.#cancelWait();
    this.#connection?.close();
    this.#connection = undefined;
  }
}
