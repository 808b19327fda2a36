import { describe, expect, it } from 'vitest';
import { judgeAdvisories } from './advisories.ts';

const advisory = (severity: string) => ({
  module_name: 'left-pad',
  severity,
  title: 'It pads too much',
  url: 'https://example.org/1',
  patched_versions: '>=2',
});
const answer = (...all: object[]): string =>
  JSON.stringify({ advisories: Object.fromEntries(all.entries()) });

describe('what the registry says of our dependencies', () => {
  it('is nothing, where it knows of nothing', () => {
    expect(judgeAdvisories(answer())).toEqual({ kind: 'none' });
  });

  it('is told line by line, and is grave or not', () => {
    expect(judgeAdvisories(answer(advisory('moderate')))).toEqual({
      kind: 'found',
      grave: false,
      lines: ['moderate: left-pad: It pads too much (https://example.org/1); mended in >=2'],
    });
    expect(judgeAdvisories(answer(advisory('low'), advisory('critical')))).toMatchObject({ grave: true });
  });

  it('is unknown where it does not answer, and never taken for nothing', () => {
    const refused = 'Error: ERR_PNPM_AUDIT_BAD_RESPONSE\n\n  × The audit endpoint responded with 405:\n';
    expect(judgeAdvisories(refused)).toEqual({
      kind: 'unknown',
      reason: 'Error: ERR_PNPM_AUDIT_BAD_RESPONSE The audit endpoint responded with 405:',
    });
    expect(judgeAdvisories('')).toEqual({ kind: 'unknown', reason: 'no answer' });
    expect(judgeAdvisories('{"error":{}}').kind).toBe('unknown');
  });
});
