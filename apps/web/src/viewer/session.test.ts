import { expect, test } from 'vitest';
import type { ConnectAnswer } from '../api/client.ts';
import { TestingClock } from '../testing-clock.ts';
import { ViewerSession } from './session.ts';

const ticket: ConnectAnswer = { kind: 'ticket', ticket: 't', expiresInMs: 1, machine: 'm' };

function start(answers: (ConnectAnswer | Error)[]): {
  clock: TestingClock;
  session: ViewerSession;
  opened: { closed: boolean }[];
  settle: () => Promise<void>;
} {
  const clock = new TestingClock();
  const opened: { closed: boolean }[] = [];
  const session = new ViewerSession({
    clock,
    ask: () => {
      const answer = answers.shift();
      if (answer === undefined) return new Promise(() => {});
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    endOf: (error) =>
      error instanceof Error && error.message === 'gone' ? { code: 'missing', reason: 'gone' } : undefined,
    messageOf: String,
    reached: (error) => !(error instanceof TypeError),
    open: () => {
      const connection = { closed: false, close: () => (connection.closed = true) };
      opened.push(connection);
      return connection;
    },
  });
  session.start();
  return { clock, session, opened, settle: () => new Promise<void>((resolve) => void setImmediate(resolve)) };
}

test('a lost connection is let go of and opened again after the pause', async () => {
  const { clock, session, opened, settle } = start([ticket, ticket]);
  await settle();
  session.tell({ type: 'pictured' });
  session.tell({ type: 'lost', reason: 'the line is gone' });
  expect(opened.map((each) => each.closed)).toEqual([true]);
  clock.advance(500);
  await settle();
  expect(opened.map((each) => each.closed)).toEqual([true, false]);
  session.tell({ type: 'pictured' });
  expect(session.state.phase).toBe('connected');
});

test('nobody waits when the line comes back', async () => {
  const { session, opened, settle } = start([ticket, ticket]);
  await settle();
  session.tell({ type: 'lost', reason: '' });
  session.hurry();
  await settle();
  expect(opened).toHaveLength(2);
});

test('an answer that hangs on the line before is not waited for once there is another', async () => {
  const answers: (ConnectAnswer | Error)[] = [ticket];
  const { clock, session, opened, settle } = start(answers);
  await settle();
  session.tell({ type: 'lost', reason: '' });
  clock.advance(500);
  await settle();
  expect(session.state.phase).toBe('asking');
  answers.push(ticket);
  session.hurry();
  await settle();
  expect(opened).toHaveLength(2);
});

test('who is not reached is asked again soon, however often', async () => {
  const offline = (): Error => new TypeError('Failed to fetch');
  const { clock, opened, settle } = start([...Array.from({ length: 20 }, offline), ticket]);
  for (let tries = 0; tries < 20; tries += 1) {
    await settle();
    clock.advance(700);
  }
  await settle();
  expect(opened).toHaveLength(1);
});

test('an answer that comes after the end opens nothing, and no timer is left', async () => {
  const { clock, session, opened, settle } = start([ticket]);
  session.stop();
  await settle();
  expect(opened).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('what failed for good is not tried again', async () => {
  const { clock, session, settle } = start([new Error('gone')]);
  await settle();
  expect(session.state).toMatchObject({ phase: 'ended', end: { code: 'missing' } });
  expect(clock.pending).toBe(0);
});

test('what failed for now is tried again', async () => {
  const { clock, session, opened, settle } = start([new Error('busy'), ticket]);
  await settle();
  expect(session.state.problem).toContain('busy');
  clock.advance(500);
  await settle();
  expect(opened).toHaveLength(1);
});
