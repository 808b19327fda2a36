import type { ClientEvent } from '@orangery/rfb';

/** What the thread with the sockets and one that works for it say to each other; `id` is of one desktop. */
export type ToWorker =
  | { kind: 'open'; id: number }
  | { kind: 'console'; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'consoleEnded'; id: number }
  /** Everything but input. */
  | { kind: 'viewer'; id: number; event: ClientEvent }
  /** The viewer has so many bytes of what it was sent. */
  | { kind: 'seen'; id: number; bytes: number }
  | { kind: 'close'; id: number };

export type FromWorker =
  | { kind: 'toConsole'; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'toViewer'; id: number; bytes: Uint8Array<ArrayBuffer>; shown: Shown }
  /** So much of what the console said is done with. */
  | { kind: 'took'; id: number; bytes: number }
  /** The console's refresh timer can be kept short. */
  | { kind: 'hurries'; id: number }
  | { kind: 'ended'; id: number }
  | { kind: 'failed'; id: number; code: string; reason: string };

/** What a viewer was told so far: how many updates, and whether part of the picture is lossy now. */
export type Shown = { pictures: number; rough: boolean };

/** A copy whose memory is its own, and can be given to another thread. */
export function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
