import type { ConnectAnswer, Progress } from '../api/client.ts';

/**
 * What a viewer does, as a pure function of what happened. `session.ts` acts on each new state.
 *
 *               ticket              picture
 *     ┌ asking ────────► opening ────────────► connected
 *     │ │  ▲  waiting       │ lost, closed         │ lost, closed
 *     │ ▼  │                ▼                      │
 *     │ resting ◄─── pausing (back-off) ◄──────────┘
 *     │              │  time is up, online, visible: asking again
 *     ▼              ▼
 *     choosing: the person's files are in use elsewhere; their choice asks again
 *     ended ◄── over, missing, refused, signed out, taken over, sent away, left     "use here": asking again
 */
export type ViewerState = {
  phase: 'asking' | 'resting' | 'choosing' | 'opening' | 'connected' | 'pausing' | 'ended';
  /** Rises whenever something new is to be done. */
  turn: number;
  /** Losses in a row; a picture sets it to 0. */
  losses: number;
  /** Whether there is a picture to keep while reconnecting. */
  pictured: boolean;
  /** Why there is nothing to see yet, in the server's words. */
  waiting: { reason: string; progress: Progress | null; queue: Queue | null } | undefined;
  /** Another desktop of the person that has their files. */
  choice: { sessionId: string; title: string } | undefined;
  /** Whether the last try got as far as a server: else it is the line. */
  reached: boolean;
  /** Why the last try failed. */
  problem: string | undefined;
  /** Lives from the answer until it is sent to the gateway. */
  ticket: string | undefined;
  end: { code: EndCode; reason: string } | undefined;
};

/** `position` 1 is the next; `expectedMs` is null when it hangs on others. */
export type Queue = { position: number; expectedMs: number | null; filesAway: boolean };

export type EndCode = 'takenOver' | 'sentAway' | 'over' | 'missing' | 'refused' | 'signedOut' | 'left';

export type ViewerEvent =
  | { type: 'answered'; answer: ConnectAnswer }
  /** `reached`: there was a server to fail. */
  | { type: 'failed'; reason: string; reached: boolean }
  | { type: 'pictured' }
  | { type: 'lost'; reason: string }
  /** The gateway said why it ends; the socket closes after it. */
  | { type: 'closed'; code: string; reason: string }
  | { type: 'again' }
  | { type: 'ended'; code: EndCode; reason: string };

export const FIRST_STATE: ViewerState = {
  phase: 'asking',
  turn: 0,
  losses: 0,
  pictured: false,
  waiting: undefined,
  choice: undefined,
  reached: true,
  problem: undefined,
  ticket: undefined,
  end: undefined,
};

export function nextState(state: ViewerState, event: ViewerEvent): ViewerState {
  const { phase } = state;
  switch (event.type) {
    case 'answered':
      return phase === 'asking' ? answered(state, event.answer) : state;
    case 'failed':
      return phase === 'asking' ? pause(state, event.reason, event.reached) : state;
    case 'pictured':
      if (phase !== 'opening') return state;
      return turn(state, {
        phase: 'connected',
        losses: 0,
        pictured: true,
        waiting: undefined,
        problem: undefined,
      });
    case 'lost':
      return phase === 'opening' || phase === 'connected' ? pause(state, event.reason, false) : state;
    case 'closed':
      return phase === 'opening' || phase === 'connected' ? closed(state, event) : state;
    case 'again':
      // Someone who asks again while a try is under way gains nothing by it.
      if (phase === 'pausing' || phase === 'resting' || phase === 'choosing')
        return turn(state, { phase: 'asking' });
      if (phase !== 'ended' || state.end?.code === 'over' || state.end?.code === 'missing') return state;
      return turn({ ...FIRST_STATE, turn: state.turn, pictured: state.pictured }, {});
    case 'ended':
      return phase === 'ended' ? state : finish(state, event.code, event.reason);
  }
}

function turn(state: ViewerState, change: Partial<ViewerState>): ViewerState {
  return { ...state, ticket: undefined, choice: undefined, ...change, turn: state.turn + 1 };
}

function finish(state: ViewerState, code: EndCode, reason: string): ViewerState {
  return turn(state, { phase: 'ended', waiting: undefined, end: { code, reason } });
}

function pause(state: ViewerState, problem: string, reached: boolean): ViewerState {
  return turn(state, { phase: 'pausing', losses: state.losses + 1, problem, reached });
}

function answered(state: ViewerState, answer: ConnectAnswer): ViewerState {
  switch (answer.kind) {
    case 'ticket':
      return turn(state, { phase: 'opening', ticket: answer.ticket, waiting: undefined });
    case 'waiting': {
      const { reason, progress, queue } = answer;
      return turn(state, { phase: 'resting', losses: 0, waiting: { reason, progress, queue } });
    }
    case 'conflict':
      return turn(state, { phase: 'choosing', losses: 0, waiting: undefined, choice: answer.other });
    case 'ended':
      return finish(state, 'over', answer.reason);
  }
}

/** Codes of the gateway that need more than another try. */
function closed(state: ViewerState, { code, reason }: { code: string; reason: string }): ViewerState {
  if (code === 'takenOver') return finish(state, 'takenOver', reason);
  if (code === 'sentAway') return finish(state, 'sentAway', reason);
  // There is a picture soon, but not the one before.
  if (code === 'machineReplaced')
    return turn(state, { phase: 'asking', losses: 0, pictured: false, waiting: undefined });
  // Whoever changed how they sign in was given a new sign-in here: the API knows.
  if (code === 'signedOut') return turn(state, { phase: 'asking', losses: 0, waiting: undefined });
  if (code === 'sessionEnded') return finish(state, 'over', reason);
  // A ticket lives for seconds: a slow line can outlive it. Once, a new one is fetched without a pause.
  if (code === 'badTicket' && state.losses === 0) {
    return turn(state, { phase: 'asking', losses: 1, problem: reason });
  }
  return pause(state, reason, true);
}

export type Shown = 'connecting' | 'waiting' | 'choosing' | 'connected' | 'reconnecting' | 'ended';

/** What a person sees of a state. */
export function shownOf(state: ViewerState): Shown {
  const { phase, pictured, losses, waiting } = state;
  if (phase === 'ended') return 'ended';
  if (phase === 'connected' || phase === 'choosing') return phase;
  if (waiting !== undefined) return 'waiting';
  return pictured || losses > 0 ? 'reconnecting' : 'connecting';
}

const FIRST_PAUSE_MS = 500;
const PAUSE_MS_MAX = 5_000;
/** A try that reaches nobody costs nobody anything: the picture is there within a second of the line. */
const LINE_PAUSE_MS_MAX = 700;

/** The wait after so many losses: doubles up to the maximum, half of it by chance so that many do not return at once. */
export function pauseMs(losses: number, fraction: number, reached = true): number {
  const most = reached ? PAUSE_MS_MAX : LINE_PAUSE_MS_MAX;
  const ceiling = Math.min(most, FIRST_PAUSE_MS * 2 ** Math.max(0, losses - 1));
  return Math.round(ceiling * (0.5 + fraction / 2));
}
