/** What is used of a browser's objects, so that this half needs no DOM types and no browser to be tested. */

export type MessageLike = { data: unknown };
export type CloseLike = { code?: number; reason?: string; wasClean?: boolean };

/** A browser's `WebSocket`. */
export type WebSocketLike = {
  binaryType: string;
  readonly readyState: number;
  readonly protocol: string;
  readonly bufferedAmount: number;
  addEventListener(type: 'message', listener: (event: MessageLike) => void): void;
  addEventListener(type: 'close', listener: (event: CloseLike) => void): void;
  addEventListener(type: 'open' | 'error', listener: (event: unknown) => void): void;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
};
