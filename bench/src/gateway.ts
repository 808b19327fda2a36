import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { DISPLAY_PROTOCOL, encodeControl, readOpening, relay, WEB_SOCKET_OPTIONS } from '@orangery/display';
import { systemClock } from '@orangery/std';
import { WebSocket, WebSocketServer } from 'ws';
import { against, alone, median, type Row } from './document.ts';
import { makeCertificate } from './certificate.ts';

/** As the recorded screens: a scroll or a video is hundreds of megabytes. */
const TRANSFER_BYTES = 512 << 20;
const CHUNK_BYTES = 64 << 10;
const ROUNDS = 5;
const ROUND_TRIPS = 2_000;
const IDLE_SESSIONS = 200;
/** An idle session holds a TLS socket, a WebSocket and the console's socket. */
const IDLE_BYTES_MAX = 256 << 10;

/**
 * The gateway's relay beside a plain `net` pipe through the same TLS: bytes relayed per second, added latency, memory of
 * idle sessions. Console and browser are processes' ends on loopback.
 */
export async function benchGateway(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'orangery-bench-'));
  const consolePath = join(folder, 'console.sock');
  const console = await startConsole(consolePath);
  const tls = await makeCertificate();
  const ours = await startRelay(tls, consolePath);
  const peer = await startPipe(tls, consolePath);
  try {
    const rates = { ours: [] as number[], peer: [] as number[] };
    const latencies = { ours: [] as number[], peer: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const ourEnd = await openRelay(ours.port);
      rates.ours.push(await transfer(ourEnd));
      latencies.ours.push(await roundTrip(ourEnd));
      ourEnd.close();
      const peerEnd = await openPipe(peer.port);
      rates.peer.push(await transfer(peerEnd));
      latencies.peer.push(await roundTrip(peerEnd));
      peerEnd.close();
    }
    const idle = await idleBytes(folder, consolePath);
    return [
      against(
        'relayBytes',
        'MB/s',
        {
          ours: median(rates.ours),
          peer: median(rates.peer),
          peerName: 'net pipe through the same TLS',
          higherIsBetter: true,
        },
        0.7,
      ),
      {
        ...alone('addedLatencyUs', 'us', Math.max(0, median(latencies.ours) - median(latencies.peer))),
        peer: Math.round(median(latencies.peer)),
        peerName: 'round trip of the net pipe',
      },
      alone('idleSessionBytes', 'bytes', idle, IDLE_BYTES_MAX),
    ];
  } finally {
    console.close();
    await ours.close();
    peer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stands for QEMU: echoes a pointer message as one byte, and floods when told to by a key. */
async function startConsole(path: string): Promise<Server> {
  const chunk = Buffer.alloc(CHUNK_BYTES, 0x5a);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      // RFC 6143: KeyEvent is 4, PointerEvent 5; what comes before them here is the handshake.
      for (let at = 0; at < data.length;) {
        if (data[at] === 4) {
          flood(socket, chunk);
          at += 8;
        } else if (data[at] === 5) {
          socket.write(Buffer.from([1]));
          at += 6;
        } else at += 1;
      }
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

function flood(socket: Socket, chunk: Buffer): void {
  let left = TRANSFER_BYTES;
  const more = (): void => {
    while (left > 0) {
      left -= chunk.length;
      if (!socket.write(chunk) && left > 0) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
}

/** "RFB 003.008\n", security type 1, shared: then client messages may follow. */
const HANDSHAKE = Buffer.from('RFB 003.008\n\x01\x01', 'latin1');
const KEY = Buffer.from([4, 1, 0, 0, 0, 0, 0, 0x61]);
const POINTER = Buffer.from([5, 0, 0, 1, 0, 1]);

type End = { send(data: Buffer): void; onBytes(handler: (count: number) => void): void; close(): void };

async function transfer(end: End): Promise<number> {
  const start = performance.now();
  const done = Promise.withResolvers<void>();
  let got = 0;
  end.onBytes((count) => {
    got += count;
    if (got >= TRANSFER_BYTES) done.resolve();
  });
  end.send(KEY);
  await done.promise;
  return TRANSFER_BYTES / 1e6 / ((performance.now() - start) / 1000);
}

async function roundTrip(end: End): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < ROUND_TRIPS; index += 1) {
    const start = performance.now();
    const back = Promise.withResolvers<void>();
    end.onBytes(() => back.resolve());
    end.send(POINTER);
    await back.promise;
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
}

type Certificate = { key: string; cert: string };

export async function startRelay(
  tls: Certificate,
  consolePath: string,
): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createHttpsServer(tls);
  const sockets = new WebSocketServer({ server, ...WEB_SOCKET_OPTIONS });
  const ends = new Set<() => void>();
  sockets.on('connection', (ws) => {
    void (async () => {
      const opening = await readOpening(ws, systemClock, 5_000);
      if (opening.kind !== 'open') return;
      const console = connect(consolePath);
      await once(console, 'connect');
      const running = relay({ ws, console, session: 'bench', clock: systemClock });
      const stop = (): void => running.stop('done', 'the bench is over');
      ends.add(stop);
      await running.ended;
      ends.delete(stop);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      for (const stop of ends) stop();
      server.close();
      server.closeAllConnections();
      await systemClock.sleep(10);
    },
  };
}

async function startPipe(
  tls: Certificate,
  consolePath: string,
): Promise<{ port: number; close: () => void }> {
  const server = createTlsServer(tls, (socket) => {
    const console = connect(consolePath);
    socket.on('error', () => console.destroy());
    console.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    socket.pipe(console);
    console.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

export async function openRelay(port: number): Promise<End> {
  const ws = new WebSocket(`wss://127.0.0.1:${port}/`, [DISPLAY_PROTOCOL], {
    rejectUnauthorized: false,
    perMessageDeflate: false,
  });
  await once(ws, 'open');
  const opened = once(ws, 'message');
  ws.send(encodeControl({ type: 'open', ticket: 'bench' }));
  await opened;
  ws.send(HANDSHAKE);
  let handler: (count: number) => void = () => {};
  ws.on('message', (data: Buffer, isBinary) => {
    if (isBinary) handler(data.length);
  });
  return { send: (data) => ws.send(data), onBytes: (next) => (handler = next), close: () => ws.terminate() };
}

async function openPipe(port: number): Promise<End> {
  const socket: TLSSocket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.setNoDelay(true);
  socket.write(HANDSHAKE);
  let handler: (count: number) => void = () => {};
  socket.on('data', (data: Buffer) => handler(data.length));
  return {
    send: (data) => socket.write(data),
    onBytes: (next) => (handler = next),
    close: () => socket.destroy(),
  };
}

/** Resident memory that 200 idle sessions add to a gateway process of their own, per session. */
async function idleBytes(_folder: string, consolePath: string): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--expose-gc', fileURLToPath(new URL('./gateway-idle.ts', import.meta.url)), consolePath],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const line = async (count: number): Promise<string> => {
    while (output.split('\n').length <= count) await once(child.stdout, 'data');
    return output.split('\n')[count - 1] ?? '';
  };
  const port = Number(await line(1));
  child.stdin.write('measure\n');
  const before = Number(await line(2));
  const ends = await Promise.all(Array.from({ length: IDLE_SESSIONS }, () => openRelay(port)));
  await systemClock.sleep(1_000);
  child.stdin.write('measure\n');
  const after = Number(await line(3));
  for (const end of ends) end.close();
  child.stdin.end();
  await once(child, 'exit');
  return Math.max(0, after - before) / IDLE_SESSIONS;
}
