import { Agent, request } from 'node:https';
import { OrangeryError } from '@orangery/std';

/** People whose connections stay open at the same time; a server has one for each browser that waits. */
const SOCKETS_MAX = 2_000;
const TIMEOUT_MS = 60_000;

/** The browsers of all people: calls of the API over HTTPS, each with its person's cookie. */
export class Browsers {
  readonly #agent: Agent;
  readonly #ports: readonly number[];
  #turn = 0;

  /** @param ports of the servers, which people reach by turns */
  constructor(ca: string, ports: readonly number[]) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, ca });
    this.#ports = ports;
  }

  /** Rejects with `refused` and the status, or with the socket's error. */
  post(path: string, cookie: string): Promise<Record<string, unknown>> {
    const port = this.#ports[this.#turn++ % this.#ports.length] ?? 0;
    const headers = {
      origin: `https://localhost:${port}`,
      cookie,
      'content-type': 'application/json',
      'content-length': 2,
    };
    return new Promise((resolve, reject) => {
      const asked = request(
        { agent: this.#agent, host: 'localhost', port, path, method: 'POST', headers, timeout: TIMEOUT_MS },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.once('error', reject);
          answer.once('end', () => {
            const text = Buffer.concat(parts).toString();
            if (answer.statusCode === 200) resolve(JSON.parse(text) as Record<string, unknown>);
            else reject(new OrangeryError('refused', `${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
          });
        },
      );
      asked.once('timeout', () =>
        asked.destroy(new OrangeryError('timedOut', `${path}: no answer within ${TIMEOUT_MS} ms`)),
      );
      asked.once('error', reject);
      asked.end('{}');
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
