/** What a turn did. `waiting`: nothing to do until something else happens; look again after `againMs`. */
export type Turn = {
  outcome: 'settled' | 'progress' | 'waiting' | 'failed';
  detail: string;
  againMs?: number;
  /** The object is no more: nothing of it is worth remembering. */
  gone?: true;
};

export const loopNames = [
  'hosts',
  'loads',
  'images',
  'refreshes',
  'drafts',
  'templates',
  'pools',
  'machines',
  'sessions',
  'storage',
  'windows',
  'maintenances',
  'mails',
  'directories',
  'audits',
  'histories',
] as const;
export type LoopName = (typeof loopNames)[number];

/**
 * A reconciler: compares rows with the hosts and acts. It takes no input but the key of an object, so that losing a
 * nudge or a crash costs only time. Turns of one object never overlap, in all processes together.
 */
export type Loop = {
  readonly name: LoopName;
  /** How often each object is looked at, without any nudge. */
  readonly periodMs: number;
  /** Turns of different objects at the same time. */
  readonly parallel: number;
  /** Nudges within this time after a turn of an object are one: for objects that much happens to. */
  readonly restMs?: number;
  /** What may need a turn now; what is known to be as it should may be left out. */
  keys(): Promise<string[]>;
  turn(key: string, signal: AbortSignal): Promise<Turn>;
};

/** Held through a turn, in all processes together. */
export const turnLock = (loop: LoopName, key: string): string => `${loop}:${key}`;

export const settled = (detail: string): Turn => ({ outcome: 'settled', detail });
export const gone = (detail = 'gone'): Turn => ({ outcome: 'settled', detail, gone: true });
export const progress = (detail: string, againMs = 0): Turn => ({ outcome: 'progress', detail, againMs });
export const waiting = (detail: string, againMs?: number): Turn =>
  againMs === undefined ? { outcome: 'waiting', detail } : { outcome: 'waiting', detail, againMs };
export const failed = (detail: string, againMs?: number): Turn =>
  againMs === undefined ? { outcome: 'failed', detail } : { outcome: 'failed', detail, againMs };
