import { describe, expect, it } from 'vitest';
import { decideRest, hangs, type RestSigns } from './policy.ts';

const resting: RestSigns = {
  agentAnswers: true,
  session: { ready: true, reason: '' },
  picture: { distinctColours: 200, darkFraction: 0.1 },
  cpuShare: 0.05,
  stillMs: 300_000,
};
const reason = (signs: Partial<RestSigns>): string => {
  const rest = decideRest({ ...resting, ...signs });
  return rest.atRest ? '' : rest.reason;
};

describe('when a template may be saved', () => {
  it('is when agent, session, picture and CPU all say so', () => {
    expect(decideRest(resting)).toEqual({ atRest: true });
  });

  it('names the first thing that is missing', () => {
    expect(reason({ agentAnswers: false })).toContain('boot');
    expect(reason({ session: undefined })).toContain('session');
    expect(reason({ session: { ready: false, reason: 'openbox does not run yet' } })).toBe(
      'openbox does not run yet',
    );
    expect(reason({ picture: { distinctColours: 2, darkFraction: 0.99 } })).toContain('painted');
    expect(reason({ picture: { distinctColours: 200, darkFraction: 0.95 } })).toContain('painted');
    expect(reason({ cpuShare: 0.9 })).toContain('90 %');
    expect(reason({ cpuShare: undefined })).toContain('rest');
  });
});

it('a guest that stands still in its boot is not waited for, one that rests is', () => {
  const silent = { ...resting, agentAnswers: false };
  expect(hangs(silent)).toContain('300 s');
  expect(hangs({ ...silent, stillMs: 60_000 })).toBeUndefined();
  expect(hangs(resting)).toBeUndefined();
});
