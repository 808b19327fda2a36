import { systemClock } from '@orangery/std';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Wakeful } from './wakeful.ts';

let nowMs: number;
let wakeful: Wakeful;
let looks: (() => void)[];

beforeEach(() => {
  nowMs = 0;
  wakeful = new Wakeful({ ...systemClock, monotonicMs: () => nowMs });
  looks = [];
  vi.stubGlobal('setImmediate', (look: () => void) => void looks.push(look));
});
afterEach(() => vi.unstubAllGlobals());

function ask(answerMs: number): void {
  wakeful.asked();
  nowMs += answerMs;
  wakeful.answered({ stillWait: false });
}

/** How often the loop is kept awake before it may sleep. */
function run(): number {
  let count = 0;
  for (let look = looks.shift(); look !== undefined; look = looks.shift()) {
    look();
    count += 1;
  }
  return count;
}

test('a first question, and one after a late answer, lets the loop sleep', () => {
  ask(0.1);
  expect(looks).toHaveLength(0);
  ask(5);
  run();
  wakeful.asked();
  expect(looks).toHaveLength(0);
});

test('after a quick answer the loop stays awake for the next one, but not for ever', () => {
  ask(0.1);
  wakeful.asked();
  const unanswered = run();
  expect(unanswered).toBeGreaterThan(10);
  expect(unanswered).toBeLessThan(100);
});

test('many questions have one look at a time, and the last answer ends it', () => {
  ask(0.1);
  for (let question = 0; question < 50; question += 1) wakeful.asked();
  expect(looks).toHaveLength(1);
  wakeful.answered({ stillWait: true });
  expect(run()).toBeGreaterThan(10);
  wakeful.asked();
  wakeful.answered({ stillWait: false });
  expect(run()).toBe(1);
  expect(looks).toHaveLength(0);
});
