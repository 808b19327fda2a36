import { expect, test } from 'vitest';
import { logOffWords } from './log-off.ts';

test('a log-off says that something is thrown away only where it is', () => {
  expect(logOffWords({ own: true, profile: false })).not.toContain('thrown away');
  expect(logOffWords({ own: false, profile: true })).toMatch(/files are kept.*this one is thrown away/);
  expect(logOffWords({ own: false, profile: false })).toContain('thrown away with all that is only on it');
});
