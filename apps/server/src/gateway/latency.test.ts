import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { watchLatency } from './latency.ts';

function line() {
  const events = new EventEmitter();
  const pings: string[] = [];
  let nowMs = 1_000;
  const ws = { readyState: 1, OPEN: 1, ping: (data: string) => pings.push(data), on: events.on.bind(events) };
  return {
    pings,
    ws,
    watched: watchLatency(ws as never, { monotonicMs: () => nowMs }),
    pong: (data: string, afterMs: number) => {
      nowMs += afterMs;
      events.emit('pong', Buffer.from(data));
    },
  };
}

it('the latency is how long the answer to the last ping took', () => {
  const { watched, pings, pong } = line();
  expect(watched.latestMs()).toBeUndefined();
  watched.ping();
  pong(pings[0] ?? '', 42);
  expect(watched.latestMs()).toBe(42);
  watched.ping();
  expect(watched.latestMs()).toBe(42);
  pong(pings[1] ?? '', 7);
  expect(watched.latestMs()).toBe(7);
});

it('answers to what was not asked, or asked before, say nothing', () => {
  const { watched, pings, pong } = line();
  pong('latency 0', 5);
  pong('', 5);
  watched.ping();
  watched.ping();
  pong(pings[0] ?? '', 5);
  pong('latency 99', 5);
  expect(watched.latestMs()).toBeUndefined();
});

it('a connection that closes is asked nothing', () => {
  const { ws, watched, pings } = line();
  ws.readyState = 2;
  watched.ping();
  expect(pings).toEqual([]);
});
