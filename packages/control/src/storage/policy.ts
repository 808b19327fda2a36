import { localTime } from '../local-time.ts';

export type DedupeView = {
  enabled: boolean;
  fromMinute: number;
  untilMinute: number;
  timeZone: string;
  /** Milliseconds since 1970; undefined: nobody asked since the last run began. */
  wantedAtMs: number | undefined;
  lastStartedMs: number | undefined;
  nowMs: number;
};

export type DedupeDecision =
  /** Until then, at the latest; a run that somebody asked for has all the time it needs. */
  | { kind: 'run'; untilMs: number | undefined; reason: string }
  | { kind: 'wait'; nextMs: number | undefined; reason: string };

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** Whether equal content is looked for now: once in each of its times, and when somebody asks. */
export function decideDedupe(view: DedupeView): DedupeDecision {
  const { wantedAtMs, lastStartedMs, nowMs } = view;
  if (wantedAtMs !== undefined && (lastStartedMs === undefined || lastStartedMs < wantedAtMs)) {
    return { kind: 'run', untilMs: undefined, reason: 'somebody asked for it' };
  }
  if (!view.enabled) return { kind: 'wait', nextMs: undefined, reason: 'switched off' };
  const { minute } = localTime(nowMs, view.timeZone);
  const since = (minute - view.fromMinute + DAY_MINUTES) % DAY_MINUTES;
  const lasts = (view.untilMinute - view.fromMinute + DAY_MINUTES) % DAY_MINUTES;
  const nextMs = nowMs + (DAY_MINUTES - since) * MINUTE_MS;
  if (since >= lasts) return { kind: 'wait', nextMs, reason: 'waits for its time' };
  const beganMs = nowMs - (since + 1) * MINUTE_MS;
  if (lastStartedMs !== undefined && lastStartedMs >= beganMs) {
    return { kind: 'wait', nextMs, reason: 'has run in this time' };
  }
  return { kind: 'run', untilMs: nowMs + (lasts - since) * MINUTE_MS, reason: 'its time has come' };
}

/** Stops above the limit, and goes on below half of it: between the two, things stay as they are. */
export function mayGoOn(latency: number | undefined, limitMs: number, goesNow: boolean): boolean {
  if (latency === undefined) return true;
  return goesNow ? latency <= limitMs : latency <= limitMs / 2;
}
