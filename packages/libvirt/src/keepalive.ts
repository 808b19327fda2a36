import type { Clock } from '@orangery/std';
import { programs } from './procedures/procedure.ts';
import { encodeMessage, messageTypes, statuses } from './wire/message.ts';

const PING = 1;
const PONG = 2;

export type KeepaliveTimes = {
  /** Silence after which the daemon is asked whether it lives. */
  intervalMs: number;
  /** Questions without an answer after which the connection is given up. */
  unansweredMax: number;
};

export const keepaliveDefaults: KeepaliveTimes = { intervalMs: 5000, unansweredMax: 5 };

/** libvirt's keepalive program, both ways. Any message that comes counts as a sign of life. */
export class Keepalive {
  readonly #clock: Clock;
  readonly #times: KeepaliveTimes;
  readonly #send: (message: Buffer) => void;
  readonly #dead: (silentMs: number) => void;
  #lastMs: number;
  #unanswered = 0;
  #cancel: (() => void) | undefined;

  constructor(
    clock: Clock,
    times: KeepaliveTimes,
    send: (message: Buffer) => void,
    dead: (silentMs: number) => void,
  ) {
    this.#clock = clock;
    this.#times = times;
    this.#send = send;
    this.#dead = dead;
    this.#lastMs = clock.monotonicMs();
  }

  start(): void {
    this.#cancel ??= this.#clock.after(this.#times.intervalMs, () => this.#turn());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something came from the daemon. */
  heard(): void {
    this.#lastMs = this.#clock.monotonicMs();
    this.#unanswered = 0;
  }

  /** A message of the keepalive program came. Answered at once, whatever else waits. */
  answer(procedure: number): void {
    if (procedure === PING) this.#send(message(PONG));
  }

  #turn(): void {
    const silentMs = this.#clock.monotonicMs() - this.#lastMs;
    this.#cancel = undefined;
    if (silentMs >= this.#times.intervalMs) {
      if (this.#unanswered >= this.#times.unansweredMax) {
        this.#dead(silentMs);
        return;
      }
      this.#unanswered += 1;
      this.#send(message(PING));
    }
    this.start();
  }
}

function message(procedure: number): Buffer {
  return encodeMessage({
    program: programs.keepalive,
    procedure,
    type: messageTypes.event,
    serial: 0,
    status: statuses.ok,
  });
}
