import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClientControl,
  encodeControl,
  parseClientControl,
  parseServerControl,
  type ServerControl,
  TICKET_LENGTH_MAX,
} from './wire.ts';

const side = fc.integer({ min: 1, max: 16_384 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const client: fc.Arbitrary<ClientControl> = fc.oneof(
  fc.record({
    type: fc.constant('open' as const),
    ticket: fc.string({ minLength: 1, maxLength: TICKET_LENGTH_MAX }),
  }),
  fc.record({ type: fc.constant('clipboard' as const), text: fc.string({ unit: 'binary' }) }),
  fc.record({ type: fc.constant('resize' as const), width: side, height: side }),
  fc.record({
    type: fc.constant('resize' as const),
    width: side,
    height: side,
    scale: fc.constantFrom(0.5, 1, 1.25, 2, 16),
  }),
  fc.record({ type: fc.constant('ping' as const), at: number }),
  fc.record({ type: fc.constant('seen' as const), bytes: fc.integer({ min: 1 }) }),
);
const server: fc.Arbitrary<ServerControl> = fc.oneof(
  fc.record({
    type: fc.constant('opened' as const),
    session: fc.string(),
    clipboard: fc.boolean(),
    resize: fc.boolean(),
    packed: fc.boolean(),
  }),
  fc.record({ type: fc.constant('clipboard' as const), text: fc.string({ unit: 'binary' }) }),
  fc.record({
    type: fc.constant('pong' as const),
    at: number,
    pictures: fc.nat(),
    rough: fc.boolean(),
  }),
  fc.record({ type: fc.constant('closed' as const), code: fc.string(), reason: fc.string() }),
);

describe('fuzz: control messages', () => {
  it('come back as they were, in both directions', () => {
    fc.assert(
      fc.property(client, server, (fromClient, fromServer) => {
        expect(parseClientControl(encodeControl(fromClient))).toEqual(fromClient);
        expect(parseServerControl(encodeControl(fromServer))).toEqual(fromServer);
      }),
    );
  });

  it('are refused, never thrown at, when they are anything else', () => {
    const types = fc.constantFrom(
      'open',
      'clipboard',
      'resize',
      'ping',
      'opened',
      'closed',
      'notice',
      '__proto__',
    );
    const odd = fc.tuple(
      types,
      fc.dictionary(fc.constantFrom('ticket', 'text', 'width', 'height', 'scale', 'at'), fc.anything()),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          odd.map(([type, rest]) => safeJson({ ...rest, type })),
        ),
        (text) => {
          const parsed = parseClientControl(text);
          if (parsed !== undefined) expect(parseClientControl(encodeControl(parsed))).toEqual(parsed);
          parseServerControl(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('canary: a message without its type is caught', () => {
    const untyped = fc.property(client, (message) => {
      const { type: _, ...rest } = message;
      expect(parseClientControl(JSON.stringify(rest))).toBeDefined();
    });
    expect(fc.check(untyped).failed).toBe(true);
  });
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}
