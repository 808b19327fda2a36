import type { Clock } from '@orangery/std';
import type { RawData } from 'ws';
import { DISPLAY_PROTOCOL, encodeControl, OPENING_BYTES_MAX, parseClientControl } from './wire.ts';
import { OPEN, type Socket } from './web-socket.ts';

export type Opening =
  | { kind: 'open'; ticket: string }
  /** The socket was closed with the reason. */
  | { kind: 'refused'; code: 'wrongProtocol' | 'malformed' | 'silent' | 'gone'; reason: string };

/** Sockets between their opening and their relay: whoever speaks there is refused. */
const guards = new WeakMap<Socket, () => void>();

/**
 * Waits for the first message of a browser, which must be `open` with a ticket, and no longer than `timeoutMs`.
 * From then until `relay` takes over (while the ticket is redeemed and the console dialled) the browser must be
 * silent; a message there closes the socket. Closing after a refused ticket is `refuse`.
 */
export function readOpening(ws: Socket, clock: Clock, timeoutMs: number): Promise<Opening> {
  return new Promise((resolve) => {
    const end = (opening: Opening): void => {
      cancel();
      ws.off('message', onMessage);
      ws.off('close', onClose);
      if (opening.kind === 'refused') refuse(ws, opening.code, opening.reason);
      else guard(ws);
      resolve(opening);
    };
    const refused = (code: 'wrongProtocol' | 'malformed' | 'silent' | 'gone', reason: string): void =>
      end({ kind: 'refused', code, reason });
    const onMessage = (data: RawData, isBinary: boolean): void => {
      const text =
        !isBinary && Buffer.isBuffer(data) && data.length <= OPENING_BYTES_MAX ? data.toString() : '';
      const message = parseClientControl(text);
      if (message?.type === 'open') end({ kind: 'open', ticket: message.ticket });
      else refused('malformed', 'the first message must be "open" with a ticket');
    };
    const onClose = (): void => refused('gone', 'the browser closed the connection');
    const cancel = clock.after(timeoutMs, () => refused('silent', `no ticket came within ${timeoutMs} ms`));
    // A socket error is always followed by its close.
    ws.on('error', ignore);
    ws.on('message', onMessage);
    ws.on('close', onClose);
    if (ws.readyState !== OPEN) onClose();
    else if (ws.protocol !== DISPLAY_PROTOCOL)
      refused('wrongProtocol', `only ${DISPLAY_PROTOCOL} is spoken here`);
  });
}

/** Tells a browser why it gets no session, and closes. */
export function refuse(ws: Socket, code: string, reason: string): void {
  releaseGuard(ws);
  if (ws.readyState !== OPEN) {
    ws.terminate();
    return;
  }
  ws.send(encodeControl({ type: 'closed', code, reason }));
  ws.close(1008, reason.slice(0, CLOSE_REASON_LENGTH_MAX));
}

/** RFC 6455 5.5.1: 125 bytes less the code; reasons here are ASCII. */
export const CLOSE_REASON_LENGTH_MAX = 120;

export function releaseGuard(ws: Socket): void {
  guards.get(ws)?.();
  guards.delete(ws);
}

function guard(ws: Socket): void {
  const onMessage = (): void => refuse(ws, 'malformed', 'nothing may be sent before "opened"');
  ws.on('message', onMessage);
  guards.set(ws, () => ws.off('message', onMessage));
}

function ignore(): void {}
