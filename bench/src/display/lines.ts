import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import {
  deliver,
  DISPLAY_PROTOCOL,
  encodeControl,
  parseServerControl,
  readOpening,
  relay,
  WEB_SOCKET_OPTIONS,
} from '@orangery/display';
import { systemClock } from '@orangery/std';
import { WebSocket, WebSocketServer } from 'ws';
import { alone, median, type Row } from '../document.ts';
import { drawnRecordings } from './drawn/workloads.ts';
import { Line, type LineKind } from './line.ts';
import { Stage } from './stage.ts';
import { openingOf } from './watcher.ts';

const LINES: readonly LineKind[] = [
  { name: 'LAN', bytesPerS: 125e6, roundTripMs: 1 },
  { name: '10 Mbit/s + 50 ms', bytesPerS: 1.25e6, roundTripMs: 50 },
  { name: '1.5 Mbit/s + 100 ms', bytesPerS: 187_500, roundTripMs: 100 },
  { name: '256 kbit/s + 300 ms', bytesPerS: 32_000, roundTripMs: 300 },
  { name: '64 kbit/s + 600 ms', bytesPerS: 8_000, roundTripMs: 600 },
];
const WARM_MS = 3_000;
const MEASURE_MS = 8_000;
const GAP_MS = 9_000;
const GAP_LINE = '1.5 Mbit/s + 100 ms';
/** Beside what the line takes anyway: one update that is under way, and what waits before it. */
const WAITS_MS_MAX = 250;

/**
 * A whole way from a QEMU's screen to a viewer over lines of five kinds, while a page is scrolled on it without end: how many updates come,
 * and how long a word from here and back waits behind them. On one of them, a gap: the same connection goes on after it.
 */
export async function benchLines(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of LINES) rows.push(...(await overLine(kind)));
  return rows;
}

async function overLine(kind: LineKind): Promise<Row[]> {
  const recording = drawnRecordings['drawn web page']?.();
  if (recording === undefined) return [];
  const stage = await Stage.open(recording.width, recording.height);
  const gateway = await startGateway(stage.console);
  const line = await Line.open(kind, gateway.port);
  const playing = new AbortController();
  const played = (async (): Promise<void> => {
    const startMs = performance.now();
    for (const update of recording.updates) {
      const waitMs = startMs + 1_000 * update.seconds - performance.now();
      if (waitMs > 1) await systemClock.sleep(waitMs);
      if (playing.signal.aborted) return;
      await stage.draw(update);
    }
  })();
  try {
    const viewer = await openViewer(line.port);
    await systemClock.sleep(WARM_MS);
    const before = viewer.pictures();
    const waits: number[] = [];
    const endMs = performance.now() + MEASURE_MS;
    while (performance.now() < endMs) {
      waits.push((await viewer.ping()) - kind.roundTripMs);
      await systemClock.sleep(100);
    }
    const pictures = (viewer.pictures() - before) / (MEASURE_MS / 1_000);
    const afterGapMs = kind.name === GAP_LINE ? await afterGap(line, viewer) : undefined;
    viewer.close();
    return [
      alone(`${kind.name}: waits behind pictures`, 'ms', Math.max(0, median(waits)), WAITS_MS_MAX),
      alone(`${kind.name}: pictures`, '1/s', pictures),
      ...(afterGapMs === undefined
        ? []
        : [alone(`${kind.name}: after a gap of ${GAP_MS / 1_000} s`, 'ms', afterGapMs, 1_000)]),
    ];
  } finally {
    playing.abort();
    line.close();
    await played;
    await gateway.close();
    await stage.close();
  }
}

/** The line brings nothing for a while: how long, once it does again, until the same connection answers. */
async function afterGap(line: Line, viewer: Viewer): Promise<number> {
  line.cut();
  await systemClock.sleep(GAP_MS);
  line.mend();
  const mendedMs = performance.now();
  await viewer.ping();
  return performance.now() - mendedMs;
}

async function startGateway(console: string): Promise<{ port: number; close: () => Promise<void> }> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, ...WEB_SOCKET_OPTIONS });
  sockets.on('connection', (ws) => {
    void readOpening(ws, systemClock, 10_000).then((opening) => {
      if (opening.kind !== 'open') return;
      relay({ ws, console: deliver(connect(console)), session: 'bench', clock: systemClock });
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    port: (http.address() as { port: number }).port,
    close: async () => {
      sockets.close();
      for (const each of sockets.clients) each.terminate();
      http.close();
      http.closeAllConnections();
      await systemClock.sleep(10);
    },
  };
}

type Viewer = { pictures: () => number; ping: () => Promise<number>; close: () => void };

/** Takes everything at once, and says so, as a browser does. */
async function openViewer(port: number): Promise<Viewer> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, [DISPLAY_PROTOCOL], { perMessageDeflate: false });
  let [bytes, pictures] = [0, 0];
  let answered = (): void => {};
  const opened = Promise.withResolvers<void>();
  ws.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      bytes += data.length;
      ws.send(encodeControl({ type: 'seen', bytes }));
      return;
    }
    const message = parseServerControl(data.toString());
    if (message?.type === 'opened') opened.resolve();
    if (message?.type !== 'pong') return;
    ({ pictures } = message);
    answered();
  });
  ws.on('error', () => {});
  await once(ws, 'open');
  ws.send(encodeControl({ type: 'open', ticket: 'bench' }));
  await opened.promise;
  ws.send(openingOf());
  return {
    pictures: () => pictures,
    ping: async () => {
      const start = performance.now();
      const answer = new Promise<void>((resolve) => (answered = resolve));
      ws.send(encodeControl({ type: 'ping', at: start }));
      await answer;
      return performance.now() - start;
    },
    close: () => ws.terminate(),
  };
}
