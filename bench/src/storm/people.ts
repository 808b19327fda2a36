import { messageOf, OrangeryError, systemClock } from '@orangery/std';
import type { Browsers } from './browser.ts';
import type { Visit } from './profile.ts';

/** After an error a person clicks again; a browser shows the error at once. */
const CLICK_AGAIN_MS = 500;
/** Nobody gives up before this. */
const PATIENCE_MS = 600_000;

/** How one visit went; times in real milliseconds. */
export type Served = {
  person: number;
  /** From the click to the answer that a session is there. */
  openMs: number;
  /** From the click to the ticket: the desktop can be shown. */
  ticketMs: number;
  /** Told a place in a queue, or that the machine is being made. */
  waited: boolean;
};

export type Tally = {
  arrived: number;
  served: Served[];
  left: number;
  /** What went wrong, with how often: people clicked again. */
  errors: Map<string, number>;
  /** People who never got a desktop. */
  lost: number[];
};

export const newTally = (): Tally => ({ arrived: 0, served: [], left: 0, errors: new Map(), lost: [] });

export type Morning = {
  browsers: Browsers;
  cookies: readonly string[];
  poolOf: (person: number) => string;
  /** So many times as fast as the visits say. */
  speed: number;
  tally: Tally;
};

/** Plays the visits; resolves when everybody has a desktop, or has left, or has given up. */
export async function playMorning(morning: Morning, visits: readonly Visit[]): Promise<void> {
  const startMs = systemClock.monotonicMs();
  const going: Promise<void>[] = [];
  for (const visit of visits) {
    const dueMs = startMs + visit.atMs / morning.speed;
    const waitMs = dueMs - systemClock.monotonicMs();
    if (waitMs > 1) await systemClock.sleep(waitMs);
    // Counted from when they came, not from when somebody had time for them.
    going.push(come(morning, visit, dueMs));
  }
  await Promise.all(going);
}

async function come(morning: Morning, visit: Visit, dueMs: number): Promise<void> {
  const { speed, tally } = morning;
  tally.arrived += 1;
  const clicks = [untilServed(morning, visit.person, dueMs)];
  if (visit.secondClickMs !== undefined) {
    // Fingers are as fast as ever.
    await systemClock.sleep(visit.secondClickMs);
    clicks.push(untilServed(morning, visit.person, dueMs));
  }
  const [first, second] = await Promise.all(clicks);
  if (first === undefined) {
    tally.lost.push(visit.person);
    return;
  }
  if (second !== undefined && second.sessionId !== first.sessionId)
    count(tally, 'two clicks of one person led to two sessions');
  tally.served.push(first.served);
  if (visit.stayMs === undefined) return;
  await systemClock.sleep(visit.stayMs / speed);
  await logOff(morning, visit.person, first.sessionId);
  tally.left += 1;
}

/** Clicks the tile, and waits for the ticket; on an error, clicks again. Undefined: gave up. */
async function untilServed(
  morning: Morning,
  person: number,
  dueMs: number,
): Promise<{ served: Served; sessionId: string } | undefined> {
  let waited = false;
  while (systemClock.monotonicMs() - dueMs < PATIENCE_MS) {
    try {
      const { browsers, cookies, poolOf } = morning;
      const cookie = cookies[person] ?? '';
      const session = await browsers.post(`/api/desktops/${poolOf(person)}/open`, cookie);
      const openMs = systemClock.monotonicMs() - dueMs;
      const sessionId = String(session['id']);
      for (;;) {
        const answer = await browsers.post(`/api/sessions/${sessionId}/connect`, cookie);
        if (answer['kind'] === 'ticket') {
          const ticketMs = systemClock.monotonicMs() - dueMs;
          return { served: { person, openMs, ticketMs, waited }, sessionId };
        }
        if (answer['kind'] !== 'waiting')
          throw new OrangeryError('ended', `a session was ${String(answer['kind'])} before it was shown`);
        waited = true;
        if (systemClock.monotonicMs() - dueMs > PATIENCE_MS) break;
      }
    } catch (error) {
      count(morning.tally, messageOf(error));
      await systemClock.sleep(CLICK_AGAIN_MS);
    }
  }
  return undefined;
}

async function logOff(
  { browsers, cookies, tally }: Morning,
  person: number,
  sessionId: string,
): Promise<void> {
  for (;;) {
    try {
      await browsers.post(`/api/sessions/${sessionId}/end`, cookies[person] ?? '');
      return;
    } catch (error) {
      count(tally, messageOf(error));
      await systemClock.sleep(CLICK_AGAIN_MS);
    }
  }
}

/** Ids and ports differ each time: what is left names the kind of error. */
function count(tally: Tally, what: string): void {
  const kind = what
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    .replaceAll(/:\d+/g, '')
    .slice(0, 200);
  tally.errors.set(kind, (tally.errors.get(kind) ?? 0) + 1);
}
