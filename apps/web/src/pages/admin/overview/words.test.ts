import { expect, it } from 'vitest';
import type { Overview } from '../../../api/client.ts';
import { headline, type Verdict, wanting } from './words.ts';

const overview = (verdict: Verdict, ...of: readonly Verdict[]): Overview => ({
  verdict,
  checks: of.map((each) => ({
    name: each,
    verdict: each,
    says: '',
    more: 0,
    place: null,
    findings: [{ verdict: each, what: `it is ${each}`, fix: null, place: null, retry: null }],
  })),
});

it('the whole is told in a sentence', () => {
  expect(headline(overview('good'))).toBe('Everything is all right.');
  expect(headline(overview('busy', 'busy'))).toBe('Nothing is wrong; something is under way.');
  expect(headline(overview('warn', 'warn', 'busy'))).toBe(
    'Nothing is broken; one thing is to be looked at soon.',
  );
  expect(headline(overview('bad', 'bad', 'bad', 'warn'))).toBe('2 things need you.');
});

it('what somebody has to do comes with the gravest first, and what goes by itself not at all', () => {
  const all = wanting(overview('bad', 'warn', 'busy', 'bad', 'good').checks);
  expect(all.map(({ what }) => what)).toEqual(['it is bad', 'it is warn']);
});
