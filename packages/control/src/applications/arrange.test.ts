import { expect, test } from 'vitest';
import { answerOf } from './arrange.ts';

const id = 'b5d3c6f0-0000-4000-8000-000000000000';

test('a guest’s word tells what was started, and why something was not', () => {
  const stdout = JSON.stringify({ arranged: true, started: [id], failed: [{ id: 'x', reason: 'no such' }] });
  expect(answerOf({ exitCode: 0, stdout })).toMatchObject({ reason: undefined, started: [id] });
});

test.each([
  [127, '', 'build it anew'],
  [1, '{"error":"cannot fork: no"}', 'cannot fork'],
  [0, 'nonsense', 'nothing that is known'],
  [0, '{"started":"all"}', 'did not say why'],
  [3, '{}', 'ended with 3'],
])('a guest that ended with %i and said %s is a reason', (exitCode, stdout, words) =>
  expect(answerOf({ exitCode, stdout }).reason).toContain(words),
);
