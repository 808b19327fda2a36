/** What is used of a browser's objects, so that this half needs no DOM types and no browser to be tested. */

export type MessageLike = { data: unknown };
export type CloseLike = { code?: number; reason?: string; wasClean?: boolean };

/** A browser's `WebSocket`. */
export type WebSocketLike = {
  binaryType: string;
  readonly readyState: number;
  readonly protocol: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
};
