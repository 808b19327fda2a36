import type { Duplex } from 'node:stream';
import { AgentDecoder } from './decoder.ts';
import {
  type AgentMessage,
  decodeMessage,
  encodeData,
  encodeMessage,
  type SpokenMessage,
} from './messages.ts';
import { type Capability, MESSAGE } from './tables.ts';

/** What Debian's agent can do, as far as it matters here. */
export const DEBIAN: ReadonlySet<Capability> = new Set<Capability>([
  'monitorsConfig',
  'clipboardByDemand',
  'clipboardSelection',
  'guestLineEndLf',
]);

/** The guest's daemon: sends each message as one chunk, as the real one does, and keeps what it hears. */
export class Guest {
  heard: ReturnType<typeof decodeMessage>[] = [];
  wire: Duplex;
  selections = true;
  #decoder = new AgentDecoder();

  constructor(wire: Duplex) {
    this.wire = wire;
    wire.on('error', () => {});
    wire.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk, (decoded) => {
        if (decoded.kind === 'message') {
          this.heard.push(decodeMessage(decoded.type, decoded.data, this.selections));
        }
      });
    });
  }

  say(message: SpokenMessage): void {
    const data = encodeData(message, this.selections);
    this.wire.write(encodeMessage(MESSAGE[message.name], data, 1, 2 ** 31));
  }

  announce(request: boolean, capabilities = DEBIAN): void {
    this.say({ name: 'announceCapabilities', request, capabilities });
  }

  names(): string[] {
    return this.heard.splice(0).map((message) => message.name);
  }

  last(): AgentMessage | { name: 'malformed' } | undefined {
    return this.heard.splice(0).at(-1);
  }
}
