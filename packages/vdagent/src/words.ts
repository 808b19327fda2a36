import { type Clock, type Log, OrangeryError } from '@orangery/std';
import { MONITOR_SIDE_MAX, MONITORS_MAX } from './limits.ts';
import type { Monitor } from './messages.ts';
import type { Capability } from './tables.ts';

export type VdagentHandlers = {
  /** Somebody in the guest copied this text. */
  clipboard?: (text: string) => void;
  /** An agent is there, again after each restart of it. */
  ready?: (capabilities: ReadonlySet<Capability>) => void;
  /** The guest copied something that was not taken. */
  refused?: (reason: { kind: 'tooLarge'; bytesMax: number }) => void;
  /** The channel is over; `error` when not by `close()`. Called once. */
  closed?: (error: OrangeryError | undefined) => void;
};

export type VdagentOptions = VdagentHandlers & { clock?: Clock; log?: Log };

export type ClipboardOutcome =
  | { kind: 'offered' }
  /** No agent has answered yet; it is offered as soon as one does. */
  | { kind: 'waiting' }
  | { kind: 'tooLarge'; bytes: number; bytesMax: number }
  | { kind: 'notSupported' }
  | { kind: 'closed' };

export type MonitorsOutcome = { kind: 'sent' | 'waiting' | 'outOfBounds' | 'notSupported' | 'closed' };

function isMonitor(monitor: Monitor): boolean {
  const sides = [monitor.width, monitor.height];
  const places = [monitor.x, monitor.y, monitor.depth];
  return (
    sides.every((side) => Number.isInteger(side) && side >= 1 && side <= MONITOR_SIDE_MAX) &&
    places.every((place) => Number.isInteger(place) && Math.abs(place) <= MONITOR_SIDE_MAX)
  );
}

/** The error of a connection that ended without being asked to. */
export function lost(why: string, cause?: unknown): OrangeryError {
  return new OrangeryError('vdagentConnectionLost', `the agent channel is over: ${why}`, { cause });
}

/** Whether a guest can be told so: one monitor or more, all within bounds. */
export function isWall(monitors: readonly Monitor[]): boolean {
  return monitors.length >= 1 && monitors.length <= MONITORS_MAX && monitors.every(isMonitor);
}
