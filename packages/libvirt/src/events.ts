import { type Log, messageOf } from '@orangery/std';
import type { Connection } from './connection.ts';
import { type DomainEvent, type DomainEventName, domainEvents } from './procedures/domain-events.ts';
import { programs } from './procedures/procedure.ts';
import { procedures } from './procedures/table.ts';
import type { XdrReader } from './xdr/reader.ts';

const nameOf = new Map<number, DomainEventName>(
  Object.entries(domainEvents).map(([name, kind]) => [kind.procedure, name as DomainEventName]),
);

type Subscription = {
  handlers: Set<(event: never) => void>;
  /** The connection it is made on, and the id the daemon gave; undefined once it failed or is being undone. */
  on: { connection: Connection; registered: Promise<number | undefined> } | undefined;
  /** The end of the last unsubscription: the daemon refuses a second subscription to the same kind before it. */
  undone: Promise<unknown>;
};

/**
 * Events of domains. The daemon is asked for a kind of event when its first handler comes, and told to stop
 * after its last one went; after a reconnect all are asked for again. Events of the time in between are lost:
 * who needs the truth lists anew when told of the reconnect.
 */
export class Events {
  readonly #log: Log;
  readonly #subscriptions = new Map<DomainEventName, Subscription>();
  #connection: Connection | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Calls `handler` for each event of that kind, of every domain, until the returned function is called. */
  on<N extends DomainEventName>(name: N, handler: (event: DomainEvent<N>) => void): () => void {
    let subscription = this.#subscriptions.get(name);
    if (subscription === undefined) {
      subscription = { handlers: new Set(), on: undefined, undone: Promise.resolve() };
      this.#subscriptions.set(name, subscription);
    }
    // A wrapper of its own, so that one function may be given twice.
    const own = (event: never): void => handler(event);
    subscription.handlers.add(own);
    this.#register(name, subscription);
    return () => {
      subscription.handlers.delete(own);
      if (subscription.handlers.size === 0) this.#deregister(name, subscription);
    };
  }

  /** Resolves when the daemon has confirmed every subscription: what happens from then on is told. */
  async ready(): Promise<void> {
    await Promise.all(
      [...this.#subscriptions.values()].map(
        (subscription) => subscription.on?.registered ?? Promise.resolve(undefined),
      ),
    );
  }

  /** For the client: a connection is there. Resolves when every subscription is made again. */
  async attach(connection: Connection): Promise<void> {
    this.#connection = connection;
    for (const [name, subscription] of this.#subscriptions) this.#register(name, subscription);
    await this.ready();
  }

  /** For the client: the connection is gone, and with it what the daemon knew of us. */
  detach(): void {
    this.#connection = undefined;
    for (const subscription of this.#subscriptions.values()) {
      subscription.on = undefined;
      subscription.undone = Promise.resolve();
    }
  }

  /** For the client: a message came. */
  deliver(program: number, procedure: number, payload: XdrReader): void {
    const name = program === programs.remote ? nameOf.get(procedure) : undefined;
    if (name === undefined) {
      this.#log.debug({ program, procedure }, 'libvirt: an event of an unknown kind');
      return;
    }
    const handlers = this.#subscriptions.get(name)?.handlers;
    if (handlers === undefined) return;
    let event: unknown;
    try {
      event = domainEvents[name].payload.read(payload);
      payload.end();
    } catch (error) {
      // Its own frame holds the damage: the calls beside it are sound.
      this.#log.error({ event: name, error: messageOf(error) }, 'libvirt: an event was not understood');
      return;
    }
    for (const handler of handlers) {
      try {
        handler(event as never);
      } catch (error) {
        this.#log.error({ event: name, error }, 'libvirt: a handler of an event failed');
      }
    }
  }

  #register(name: DomainEventName, subscription: Subscription): void {
    const connection = this.#connection;
    if (connection === undefined || subscription.on !== undefined || subscription.handlers.size === 0) return;
    const procedure = procedures.connectDomainEventCallbackRegisterAny;
    const registered = subscription.undone
      .then(() => connection.call(`subscribe ${name}`, procedure, { eventId: domainEvents[name].id }))
      .then(({ callbackId }) => callbackId)
      .catch((error: unknown) => {
        // A driver may not know a kind of event; the others still come.
        this.#log.warn({ event: name, error: messageOf(error) }, 'libvirt: no subscription to an event');
        return undefined;
      });
    subscription.on = { connection, registered };
  }

  #deregister(name: DomainEventName, subscription: Subscription): void {
    const { on } = subscription;
    subscription.on = undefined;
    if (on === undefined) return;
    const procedure = procedures.connectDomainEventCallbackDeregisterAny;
    subscription.undone = on.registered
      .then((callbackId) =>
        callbackId === undefined || on.connection.ended !== undefined
          ? undefined
          : on.connection.call(`unsubscribe ${name}`, procedure, { callbackId }),
      )
      .catch((error: unknown) => {
        this.#log.debug(
          { event: name, error: messageOf(error) },
          'libvirt: could not unsubscribe from an event',
        );
      });
  }
}
