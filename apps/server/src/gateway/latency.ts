import type { Clock } from '@orangery/std';
import type { WebSocket } from 'ws';

/** Of a ping of ours: others of the same connection carry nothing. */
const NAME = /^latency (\d+)$/;

/** The round trip between a browser and this gateway, by pings of the WebSocket; they wait behind the picture as input does. */
export function watchLatency(
  ws: Pick<WebSocket, 'on' | 'ping' | 'readyState' | 'OPEN'>,
  clock: Pick<Clock, 'monotonicMs'>,
): { ping: () => void; latestMs: () => number | undefined } {
  let sent = 0;
  let sentMs = 0;
  let latestMs: number | undefined;
  ws.on('pong', (data: Buffer) => {
    // Only the answer to the last one is one: what a browser says of others means nothing.
    if (Number(NAME.exec(data.toString())?.[1]) === sent && sent > 0)
      latestMs = Math.max(0, Math.round(clock.monotonicMs() - sentMs));
  });
  return {
    ping() {
      if (ws.readyState !== ws.OPEN) return;
      sent += 1;
      sentMs = clock.monotonicMs();
      ws.ping(`latency ${sent}`);
    },
    latestMs: () => latestMs,
  };
}
