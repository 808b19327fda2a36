import { expect, it } from 'vitest';
import { describeOverview } from './status.ts';

it('each part is a line, and what is wrong stands below it with what to do', () => {
  const text = describeOverview({
    verdict: 'bad',
    checks: [
      {
        name: 'Hosts',
        verdict: 'bad',
        says: '0 of 1 ready',
        more: 3,
        place: null,
        findings: [
          {
            verdict: 'bad',
            what: 'h1 is unreachable: no route',
            fix: 'See that it is on.',
            place: null,
            retry: null,
          },
        ],
      },
      { name: 'Loops', verdict: 'good', says: 'All at work', more: 0, place: null, findings: [] },
    ],
  });
  expect(text).toBe(
    '✗ Hosts: 0 of 1 ready\n  ✗ h1 is unreachable: no route\n      See that it is on.\n    and 3 more\n✓ Loops: All at work\n',
  );
});
