import { Duplex } from 'node:stream';
import { type Contract, contract, errorOfProblem, readable } from '@orangery/contract';
import { DISPLAY_PROTOCOL, type ServerControl } from '@orangery/display';
import { DisplayChannel } from '@orangery/display/browser';
import { RfbClient } from '@orangery/rfb';
import { systemClock } from '@orangery/std';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { JsonifiedClient } from '@orpc/openapi-client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { Agent, fetch as undiciFetch } from 'undici';
import { WebSocket } from 'ws';

export type Api = JsonifiedClient<ContractRouterClient<Contract>>;
export type Account = { name: string; email: string; password: string };

/** A person without a browser: signs in, opens a desktop, looks at its picture and types. For tests and benches. */
export class Person {
  readonly api: Api;
  readonly #origin: string;
  readonly #ca: string;
  readonly #agent: Agent;
  readonly #cookies = new Map<string, string>();

  /** @param origin e.g. `https://localhost:8443` @param ca the installation's own authority, as PEM */
  constructor(origin: string, ca: string) {
    this.#origin = origin;
    this.#ca = ca;
    this.#agent = new Agent({ connect: { ca } });
    this.api = createORPCClient<Api>(
      new OpenAPILink(contract, {
        url: `${origin}/api`,
        customErrorResponseBodyDecoder: errorOfProblem,
        fetch: async (request) => {
          const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
          const answer = await this.request(new URL(request.url).pathname + new URL(request.url).search, {
            method: request.method,
            headers: Object.fromEntries(request.headers),
            ...(body === undefined ? {} : { body }),
          });
          return readable(answer);
        },
      }),
    );
  }

  /** A raw request with this person's cookie. */
  async request(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: Buffer | string } = {},
  ): Promise<Response> {
    const answer = await undiciFetch(`${this.#origin}${path}`, {
      ...init,
      dispatcher: this.#agent,
      redirect: 'manual',
      headers: {
        origin: this.#origin,
        ...init.headers,
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
      },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/; ?max-age=0\b/i.test(cookie)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async signIn({ email, password }: Pick<Account, 'email' | 'password'>): Promise<number> {
    const answer = await this.request('/api/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    await answer.text();
    return answer.status;
  }

  /** Waits for a ticket of the session; throws when the session has ended. */
  async ticket(sessionId: string): Promise<string> {
    for (;;) {
      const answer = await this.api.sessions.connect({ id: sessionId });
      if (answer.kind === 'ticket') return answer.ticket;
      if (answer.kind === 'ended') throw new Error(`the session has ended: ${answer.reason}`);
    }
  }

  /** Goes through the gateway with a ticket, as a browser would. */
  async view(ticket: string, options: { origin?: string; cookie?: string } = {}): Promise<Viewer> {
    const socket = new WebSocket(`${this.#origin.replace('https:', 'wss:')}/gateway`, [DISPLAY_PROTOCOL], {
      ca: this.#ca,
      headers: { origin: options.origin ?? this.#origin, cookie: options.cookie ?? this.cookie },
      perMessageDeflate: false,
    });
    return Viewer.open(socket, ticket);
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}

/** One connection through the gateway. */
export class Viewer {
  readonly rfb: RfbClient;
  readonly channel: DisplayChannel;
  readonly heard: ServerControl[];
  readonly closed: Promise<void>;

  private constructor(parts: Pick<Viewer, 'rfb' | 'channel' | 'heard' | 'closed'>) {
    this.rfb = parts.rfb;
    this.channel = parts.channel;
    this.heard = parts.heard;
    this.closed = parts.closed;
  }

  static async open(socket: WebSocket, ticket: string): Promise<Viewer> {
    const heard: ServerControl[] = [];
    const closed = Promise.withResolvers<void>();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    socket.on('close', () => {
      closed.resolve();
      const last = heard.findLast((message) => message.type === 'closed');
      failed.reject(
        new Error(last === undefined ? 'the gateway closed the connection' : `${last.code}: ${last.reason}`),
      );
    });
    socket.on('error', (error) => failed.reject(error));
    const channel = new DisplayChannel(socket, {
      ticket,
      oncontrol: (message) => heard.push(message),
    });
    const stream = duplexOf(channel);
    const rfb = await Promise.race([RfbClient.connect(stream, { clock: systemClock }), failed.promise]);
    return new Viewer({ rfb, channel, heard, closed: closed.promise });
  }

  /** The next control message of a type that fits, also one that came already. */
  async control<T extends ServerControl['type']>(
    type: T,
    fits: (message: Extract<ServerControl, { type: T }>) => boolean = () => true,
    timeoutMs = 20_000,
  ): Promise<Extract<ServerControl, { type: T }>> {
    const deadline = systemClock.monotonicMs() + timeoutMs;
    for (;;) {
      const found = this.heard.find(
        (message): message is Extract<ServerControl, { type: T }> =>
          message.type === type && fits(message as Extract<ServerControl, { type: T }>),
      );
      if (found !== undefined) return found;
      if (systemClock.monotonicMs() > deadline)
        throw new Error(`no "${type}" came: ${JSON.stringify(this.heard)}`);
      await systemClock.sleep(20);
    }
  }

  close(): void {
    this.channel.close();
  }
}

function duplexOf(channel: DisplayChannel): Duplex {
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      channel.send(new Uint8Array(chunk));
      done();
    },
    final(done) {
      channel.close();
      done();
    },
    destroy(error, done) {
      channel.close();
      done(error);
    },
  });
  channel.onmessage = (event) => stream.push(Buffer.from(event.data as ArrayBuffer));
  channel.onclose = () => stream.push(null);
  return stream;
}
