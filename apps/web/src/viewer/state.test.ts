import { describe, expect, test } from 'vitest';
import { FIRST_STATE, nextState, pauseMs, shownOf, type ViewerEvent, type ViewerState } from './state.ts';

const ticket: ViewerEvent = {
  type: 'answered',
  answer: { kind: 'ticket', ticket: 'one-time', expiresInMs: 10_000, machine: 'm-1' },
};
const waiting: ViewerEvent = {
  type: 'answered',
  answer: {
    kind: 'waiting',
    reason: 'it is being made',
    progress: null,
    queue: { position: 2, expectedMs: 4_000, filesAway: false },
  },
};

const after = (...events: ViewerEvent[]): ViewerState => events.reduce(nextState, FIRST_STATE);

describe('a viewer', () => {
  test('asks, opens and shows the picture', () => {
    expect(shownOf(FIRST_STATE)).toBe('connecting');
    expect(after(ticket)).toMatchObject({ phase: 'opening', ticket: 'one-time' });
    expect(after(ticket, { type: 'pictured' })).toMatchObject({ phase: 'connected', pictured: true });
  });

  test('forgets a ticket as soon as it was used', () => {
    expect(after(ticket, { type: 'pictured' }).ticket).toBeUndefined();
    expect(after(ticket, { type: 'lost', reason: '' }).ticket).toBeUndefined();
  });

  test('says why it waits, and asks again', () => {
    const state = after(waiting);
    expect(shownOf(state)).toBe('waiting');
    expect(state).toMatchObject({ phase: 'resting', waiting: { reason: 'it is being made' } });
    expect(nextState(state, { type: 'again' }).phase).toBe('asking');
  });

  test('asks nothing more while its person has a choice to make', () => {
    const other = { sessionId: 'elsewhere', title: 'Office' };
    const state = after(
      waiting,
      { type: 'again' },
      { type: 'answered', answer: { kind: 'conflict', other } },
    );
    expect(shownOf(state)).toBe('choosing');
    expect(state).toMatchObject({ phase: 'choosing', choice: other, waiting: undefined });
    expect(nextState(state, { type: 'again' })).toMatchObject({ phase: 'asking', choice: undefined });
  });

  test('keeps the picture while it reconnects, and counts the tries', () => {
    const lost: ViewerEvent = { type: 'lost', reason: 'the line is gone' };
    const state = after(ticket, { type: 'pictured' }, lost);
    expect(shownOf(state)).toBe('reconnecting');
    expect(state).toMatchObject({ phase: 'pausing', losses: 1, pictured: true });
    const second = [{ type: 'again' }, { type: 'failed', reason: 'still gone', reached: true }] as const;
    expect(second.reduce(nextState, state)).toMatchObject({ phase: 'pausing', losses: 2 });
    expect(
      [{ type: 'again' } as const, ticket, { type: 'pictured' } as const].reduce(nextState, state).losses,
    ).toBe(0);
  });

  test('fetches one new ticket at once when one was refused, then with pauses', () => {
    const refused: ViewerEvent = { type: 'closed', code: 'badTicket', reason: 'expired' };
    expect(after(ticket, refused).phase).toBe('asking');
    expect(after(ticket, refused, ticket, refused).phase).toBe('pausing');
  });

  test.each(['restarting', 'consoleEnded', 'clientSilent', 'a code of tomorrow'])(
    '%s is a reason to reconnect',
    (code) => {
      expect(after(ticket, { type: 'pictured' }, { type: 'closed', code, reason: '' }).phase).toBe('pausing');
    },
  );

  test('leaves a session that was taken over alone until it is asked for', () => {
    const state = after(
      ticket,
      { type: 'pictured' },
      { type: 'closed', code: 'takenOver', reason: 'elsewhere' },
    );
    expect(state).toMatchObject({ phase: 'ended', end: { code: 'takenOver' } });
    expect(nextState(state, { type: 'lost', reason: 'the socket closed' })).toBe(state);
    expect(nextState(state, { type: 'again' }).phase).toBe('asking');
  });

  test('leaves one that was disconnected from elsewhere alone, too', () => {
    const state = after(
      ticket,
      { type: 'pictured' },
      { type: 'closed', code: 'sentAway', reason: 'you disconnected it from Edge' },
    );
    expect(state).toMatchObject({ end: { code: 'sentAway', reason: 'you disconnected it from Edge' } });
    expect(nextState(state, { type: 'again' }).phase).toBe('asking');
  });

  test('asks who signs out elsewhere whether there is another sign-in here', () => {
    const state = after(ticket, { type: 'pictured' }, { type: 'closed', code: 'signedOut', reason: 'x' });
    expect(state).toMatchObject({ phase: 'asking', end: undefined });
  });

  test('asks at once for the fresh machine of a session, and no longer shows the picture of the old one', () => {
    const state = after(
      ticket,
      { type: 'pictured' },
      { type: 'closed', code: 'machineReplaced', reason: 'fresh' },
    );
    expect(state).toMatchObject({ phase: 'asking', pictured: false, losses: 0 });
    expect(shownOf(state)).toBe('connecting');
  });

  test('a session that is over cannot be asked for again', () => {
    const state = after({ type: 'answered', answer: { kind: 'ended', reason: 'logged off' } });
    expect(state).toMatchObject({ phase: 'ended', end: { code: 'over' } });
    expect(nextState(state, { type: 'again' })).toBe(state);
  });

  test('each thing to do has a turn of its own', () => {
    const events: ViewerEvent[] = [waiting, { type: 'again' }, ticket, { type: 'pictured' }];
    const turns = events.map((_event, index) => after(...events.slice(0, index + 1)).turn);
    expect(turns).toEqual([1, 2, 3, 4]);
  });
});

test('the pause doubles from half a second to five seconds, half of it by chance', () => {
  expect([1, 2, 3, 4, 5, 50].map((losses) => pauseMs(losses, 1))).toEqual([
    500, 1000, 2000, 4000, 5000, 5000,
  ]);
  expect(pauseMs(1, 0)).toBe(250);
});

test('the pause is short while nobody is reached', () => {
  expect([1, 2, 3, 50].map((losses) => pauseMs(losses, 1, false))).toEqual([500, 700, 700, 700]);
  expect(after({ type: 'failed', reason: 'offline', reached: false }).reached).toBe(false);
  expect(after(ticket, { type: 'pictured' }, { type: 'lost', reason: 'gone' }).reached).toBe(false);
  expect(after({ type: 'failed', reason: 'busy', reached: true }).reached).toBe(true);
});
